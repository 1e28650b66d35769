// A classic group as a record, and back. The record of a group is everything another coordinator starts from.
// Source: Kafka 4.3.0's GroupCoordinatorRecordHelpers and GroupMetadataManager.replay(GroupMetadataKey, GroupMetadataValue).

import type { groupMetadataValue } from '../../../../protocol/stored/group/index.ts'
import type { Message } from '../../../../protocol/wire/schema.ts'
import type { GroupRecord } from '../group-record.ts'
import { ClassicGroup } from './classic-group.ts'
import { ClassicMember, noAssignment } from './classic-member.ts'

/** What Kafka 4.3.0 writes: version 4 would be flexible, and nothing in it is newer. */
const version = 3

/** The group as it is, with these assignments; a member that is not among them has an empty one. */
export function groupRecord(group: ClassicGroup, assignments: ReadonlyMap<string, Buffer>): GroupRecord {
  const { protocolName } = group
  const members = [...group.members.values()].map(member => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.identity.clientId,
    clientHost: member.identity.clientHost,
    rebalanceTimeout: member.terms.rebalanceTimeoutMs,
    sessionTimeout: member.terms.sessionTimeoutMs,
    subscription: protocolName === null ? noAssignment : member.metadata(protocolName),
    assignment: assignments.get(member.memberId) ?? noAssignment,
  }))
  return metadataRecord(group, {
    protocolType: group.protocolType ?? '',
    generation: group.generation,
    protocol: protocolName,
    leader: group.leaderId,
    currentStateTimestamp: group.stateSinceMs ?? -1,
    members,
  })
}

/** A group that has just come to be: nobody has been told of a generation yet. */
export function newGroupRecord(group: ClassicGroup): GroupRecord {
  const none = { protocolType: '', generation: 0, protocol: null, leader: null, members: [] }
  return metadataRecord(group, { ...none, currentStateTimestamp: group.stateSinceMs ?? -1 })
}

export function groupTombstone(groupId: string): GroupRecord {
  return { type: 'groupMetadata', key: { group: groupId }, value: null, version }
}

function metadataRecord(group: ClassicGroup, value: Message<typeof groupMetadataValue>): GroupRecord {
  return { type: 'groupMetadata', key: { group: group.groupId }, value, version }
}

/** The group that a record describes. Bytes are copied: the record's belong to what was read from the log. */
export function groupOf(groupId: string, stored: Message<typeof groupMetadataValue>): ClassicGroup {
  const group = new ClassicGroup(groupId, {
    state: stored.members.length > 0 ? 'Stable' : 'Empty',
    generation: stored.generation,
    protocolType: stored.protocolType === '' ? null : stored.protocolType,
    protocolName: stored.protocol,
    leaderId: stored.leader,
    stateSinceMs: Number(stored.currentStateTimestamp) === -1 ? null : Number(stored.currentStateTimestamp),
  })
  for (const member of stored.members) group.add(memberOf(stored, member))
  group.updateSubscribedTopics()
  return group
}

type StoredGroup = Message<typeof groupMetadataValue>

function memberOf({ protocolType, protocol }: StoredGroup, stored: StoredGroup['members'][number]): ClassicMember {
  const { memberId, groupInstanceId, clientId, clientHost } = stored
  const terms = {
    // Version 0 had no rebalance timeout of its own.
    rebalanceTimeoutMs: stored.rebalanceTimeout === -1 ? stored.sessionTimeout : stored.rebalanceTimeout,
    sessionTimeoutMs: stored.sessionTimeout,
    protocols: [{ name: protocol ?? '', metadata: Buffer.from(stored.subscription) }],
  }
  const identity = { memberId, groupInstanceId, clientId, clientHost, protocolType }
  return new ClassicMember(identity, terms, Buffer.from(stored.assignment))
}

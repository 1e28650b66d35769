// Groups are listed, described and deleted. Source: Kafka 4.3.0's GroupMetadataManager (listGroups, describeGroups) and
// GroupCoordinatorShard.deleteGroups.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { deleteGroups } from '../../../protocol/messages/delete-groups.ts'
import type { describeGroups } from '../../../protocol/messages/describe-groups.ts'
import type { listGroups } from '../../../protocol/messages/list-groups.ts'
import type { MessageInput } from '../../../protocol/wire/schema.ts'
import type { Decision } from '../runtime/coordinator-state.ts'
import type { ClassicGroup } from './classic/classic-group.ts'
import { noAssignment } from './classic/classic-member.ts'
import { groupTombstone } from './classic/stored-classic-group.ts'
import { offsetTombstone } from './committed-offset.ts'
import { groupTombstones } from './consumer/consumer-records.ts'
import type { Group } from './group.ts'
import { committedStateOf, protocolTypeOf } from './group.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupState } from './group-state.ts'

export type ListedGroup = NonNullable<MessageInput<typeof listGroups.response>['groups']>[number]
export type DescribedGroup = NonNullable<MessageInput<typeof describeGroups.response>['groups']>[number]
export type DeletedGroup = NonNullable<MessageInput<typeof deleteGroups.response>['results']>[number]

/** An empty filter lets everything through; case does not matter. */
export interface GroupFilter {
  readonly states: readonly string[]
  readonly types: readonly string[]
}

/** The groups that exist as of the last commit. */
export function listedGroups(state: GroupState, filter: GroupFilter): ListedGroup[] {
  const states = new Set(filter.states.map(text => text.toLowerCase().trim()))
  const types = new Set(filter.types.map(text => text.toLowerCase()))
  const isWanted = (group: Group) =>
    (states.size === 0 || states.has(committedStateOf(group).toLowerCase())) &&
    (types.size === 0 || types.has(group.type))
  const groups = [...state.groups.committedEntries()].map(([, group]) => group)
  return groups.filter(isWanted).map(group => ({
    groupId: group.groupId,
    protocolType: protocolTypeOf(group),
    groupState: committedStateOf(group),
    groupType: group.type,
  }))
}

/** From this version on a group that is not there is an error, not a dead group. */
const groupIdNotFoundSince = 6

/** A group that is not a classic one counts as not there: it has requests of its own. */
export function describedGroup(state: GroupState, groupId: string, apiVersion: number): DescribedGroup {
  const group = state.groups.getCommitted(groupId)
  if (group?.type === 'classic') return describeClassic(group)
  const dead = { groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] }
  if (apiVersion < groupIdNotFoundSince) return { ...dead, errorCode: errors.NONE.code }
  const errorMessage = `Group ${groupId} ${group === undefined ? 'not found' : 'is not a classic group'}.`
  return { ...dead, errorCode: errors.GROUP_ID_NOT_FOUND.code, errorMessage }
}

function describeClassic(group: ClassicGroup): DescribedGroup {
  // In a rebalance the members have not agreed on a protocol yet, so there is no metadata to show.
  const protocol = group.state === 'Stable' ? group.protocolName : null
  const members = [...group.members.values()].map(member => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.identity.clientId,
    clientHost: member.identity.clientHost,
    memberMetadata: protocol === null ? noAssignment : member.metadata(protocol),
    memberAssignment: member.assignment,
  }))
  return {
    errorCode: errors.NONE.code,
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: protocol ?? '',
    members,
  }
}

/** Groups without members go, with their offsets. */
export function decideDelete(state: GroupState, groupIds: readonly string[]): Decision<DeletedGroup[], GroupRecord> {
  const records: GroupRecord[] = []
  const response = groupIds.map(groupId => {
    const error = checkDelete(state.groups.get(groupId))
    if (error === errors.NONE) records.push(...tombstonesOf(state, groupId))
    return { groupId, errorCode: error.code }
  })
  return { records, response }
}

function checkDelete(group: Group | undefined): ProtocolError {
  if (group === undefined) return errors.GROUP_ID_NOT_FOUND
  if (group.state !== 'Empty') return errors.NON_EMPTY_GROUP
  // Its records are those of a protocol that is not served here: they are kept as Kafka wrote them.
  return group.type === 'classic' || group.type === 'consumer' ? errors.NONE : errors.UNSUPPORTED_VERSION
}

function tombstonesOf(state: GroupState, groupId: string): GroupRecord[] {
  const records: GroupRecord[] = []
  for (const [topic, offsets] of state.offsets.of(groupId)) {
    for (const [partition] of offsets) records.push(offsetTombstone({ group: groupId, topic, partition }))
  }
  for (const place of state.offsets.pendingOf(groupId)) {
    if (state.offsets.get(place) === undefined) records.push(offsetTombstone(place))
  }
  const group = state.groups.get(groupId)
  return [...records, ...(group?.type === 'consumer' ? groupTombstones(group, []) : [groupTombstone(groupId)])]
}

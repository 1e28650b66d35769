// What each record of a consumer group changes. Bytes are copied: the record's belong to what was read from the log.
//
// A group exists from its first record on, whichever that is: compaction may have removed earlier ones. Records of a group that
// goes come in an order (assignments before members, members before the group); one out of order contradicts the state.
// Source: Kafka 4.3.0's GroupMetadataManager.replay of each record type.

import type { consumerGroupCurrentMemberAssignmentValue } from '../../../../protocol/stored/group/index.ts'
import type { Message } from '../../../../protocol/wire/schema.ts'
import type { Group } from '../group.ts'
import type { GroupRecord } from '../group-record.ts'
import { assignmentOf, type EpochAssignment, noEpochs } from './assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, leaveEpoch, newConsumerMember } from './consumer-member.ts'
import { memberStateOf } from './member-state.ts'

export type ConsumerRecord = Extract<GroupRecord, { type: `consumerGroup${string}` }>

/** The groups, and how one is made. */
export interface ConsumerGroups {
  get(groupId: string): Group | undefined
  set(groupId: string, group: Group): void
  delete(groupId: string): void
  create(groupId: string): ConsumerGroup
}

export function isConsumerRecord(record: GroupRecord): record is ConsumerRecord {
  return record.type.startsWith('consumerGroup')
}

/** Throws when the record belongs to a group of another type, or contradicts the state. */
export function applyConsumerRecord(groups: ConsumerGroups, record: ConsumerRecord): void {
  const { groupId } = record.key
  const group = groupFor(groups, groupId, record.value === null)
  if (group === undefined) return
  switch (record.type) {
    case 'consumerGroupMetadata':
      if (record.value === null) deleteGroup(groups, group)
      else group.setEpoch(record.value.epoch, BigInt(record.value.metadataHash))
      return
    case 'consumerGroupPartitionMetadata':
      group.setHasTopicMetadata(record.value !== null)
      return
    case 'consumerGroupMemberMetadata':
      if (record.value === null) deleteMember(group, record.key.memberId)
      else group.putMember(withMetadata(memberOf(group, record.key.memberId), record.value))
      return
    case 'consumerGroupTargetAssignmentMetadata':
      applyTargetEpoch(group, record.value)
      return
    case 'consumerGroupTargetAssignmentMember':
      if (record.value === null) group.removeTarget(record.key.memberId)
      else group.putTarget(record.key.memberId, assignmentOf(record.value.topicPartitions))
      return
    case 'consumerGroupCurrentMemberAssignment':
      applyCurrentAssignment(group, record.key.memberId, record.value)
      return
    case 'consumerGroupRegularExpression':
      if (record.value === null) group.removeRegex(record.key.regularExpression)
      else group.putRegex(record.key.regularExpression, regexOf(record.value))
  }
}

function groupFor(groups: ConsumerGroups, groupId: string, isTombstone: boolean): ConsumerGroup | undefined {
  const group = groups.get(groupId)
  if (group?.type === 'consumer') return group
  // A tombstone whose group is gone already says nothing new.
  if (isTombstone) return undefined
  // A simple group stands for offsets that were read before the group's own records.
  if (group !== undefined && !(group.type === 'classic' && group.isSimple)) {
    throw new Error(`group ${groupId} is a ${group.type} group and has a record of a consumer group`)
  }
  const created = groups.create(groupId)
  groups.set(groupId, created)
  return created
}

function deleteGroup(groups: ConsumerGroups, group: ConsumerGroup): void {
  const { groupId, members, targets, assignmentEpoch } = group
  if (members.size > 0 || targets.size > 0 || assignmentEpoch !== leaveEpoch) {
    throw new Error(
      `group ${groupId} is deleted and still has ${members.size} members, ${targets.size} targets and assignment epoch ${assignmentEpoch}`,
    )
  }
  groups.delete(groupId)
}

function deleteMember(group: ConsumerGroup, memberId: string): void {
  const member = group.members.get(memberId)
  if (member === undefined) return
  if (member.memberEpoch !== leaveEpoch || group.targets.has(memberId)) {
    throw new Error(`member ${memberId} of group ${group.groupId} is deleted and still has an assignment`)
  }
  group.removeMember(memberId)
}

function applyTargetEpoch(
  group: ConsumerGroup,
  value: Extract<ConsumerRecord, { type: 'consumerGroupTargetAssignmentMetadata' }>['value'],
): void {
  if (value !== null) group.setAssignmentEpoch(value.assignmentEpoch, Number(value.assignmentTimestamp))
  else if (group.targets.size === 0) group.setAssignmentEpoch(leaveEpoch, 0)
  else throw new Error(`the target of group ${group.groupId} is deleted and still has ${group.targets.size} members`)
}

function memberOf(group: ConsumerGroup, memberId: string): ConsumerMember {
  return group.members.get(memberId) ?? newConsumerMember(memberId)
}

type MemberValue = NonNullable<Extract<ConsumerRecord, { type: 'consumerGroupMemberMetadata' }>['value']>

function withMetadata(member: ConsumerMember, value: MemberValue): ConsumerMember {
  const { instanceId, rackId, clientId, clientHost, rebalanceTimeoutMs, classicMemberMetadata: classic } = value
  return {
    ...member,
    instanceId,
    rackId,
    clientId,
    clientHost,
    rebalanceTimeoutMs,
    subscribedTopics: new Set(value.subscribedTopicNames),
    subscribedRegex: value.subscribedTopicRegex,
    assignor: value.serverAssignor,
    classic: classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      supportedProtocols: classic.supportedProtocols.map(({ name, metadata }) => {
        return { name, metadata: Buffer.from(metadata) }
      }),
    },
  }
}

type CurrentValue = Message<typeof consumerGroupCurrentMemberAssignmentValue>

function applyCurrentAssignment(group: ConsumerGroup, memberId: string, value: CurrentValue | null): void {
  if (value !== null) {
    group.putMember(withAssignment(memberOf(group, memberId), value))
    return
  }
  const member = group.members.get(memberId)
  if (member === undefined) return
  const epochs = { memberEpoch: leaveEpoch, previousMemberEpoch: leaveEpoch }
  group.putMember({ ...member, ...epochs, assigned: noEpochs, pendingRevocation: noEpochs })
}

function withAssignment(member: ConsumerMember, value: CurrentValue): ConsumerMember {
  const { memberEpoch, previousMemberEpoch, state, assignedPartitions, partitionsPendingRevocation } = value
  return {
    ...member,
    memberEpoch,
    previousMemberEpoch,
    state: memberStateOf(state),
    assigned: epochsOf(assignedPartitions, memberEpoch),
    pendingRevocation: epochsOf(partitionsPendingRevocation, memberEpoch),
  }
}

/** Versions before 4.2 wrote no epochs: then it is the member's. */
function epochsOf(topics: CurrentValue['assignedPartitions'], memberEpoch: number): EpochAssignment {
  const assignment = new Map<string, ReadonlyMap<number, number>>()
  for (const { topicId, partitions, assignmentEpochs } of topics) {
    const epochs = assignmentEpochs?.length === partitions.length ? assignmentEpochs : undefined
    const epochOf = (index: number) => epochs?.[index] ?? Math.max(memberEpoch, 0)
    assignment.set(topicId, new Map(partitions.map((partition, index) => [partition, epochOf(index)])))
  }
  return assignment
}

function regexOf(value: NonNullable<Extract<ConsumerRecord, { type: 'consumerGroupRegularExpression' }>['value']>) {
  const { topics, version, timestamp } = value
  return { topics: new Set(topics), version: Number(version), resolvedMs: Number(timestamp) }
}

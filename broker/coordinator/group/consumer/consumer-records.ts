// The records of a consumer group. Source: Kafka 4.3.0's GroupCoordinatorRecordHelpers.

import { normalizeInt64 } from '../../../../protocol/wire/int64.ts'
import type { GroupRecord } from '../group-record.ts'
import { type Assignment, type EpochAssignment, topicPartitionsOf } from './assignment.ts'
import type { ConsumerGroup, ResolvedRegex } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { storedMemberState } from './member-state.ts'

const version = 0

export function memberRecord(groupId: string, member: ConsumerMember): GroupRecord {
  const { memberId, instanceId, rackId, clientId, clientHost, rebalanceTimeoutMs, classic } = member
  const value = {
    instanceId,
    rackId,
    clientId,
    clientHost,
    subscribedTopicNames: [...member.subscribedTopics].sort(),
    subscribedTopicRegex: member.subscribedRegex,
    rebalanceTimeoutMs,
    serverAssignor: member.assignor,
    classicMemberMetadata: classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      supportedProtocols: classic.supportedProtocols.map(({ name, metadata }) => ({ name, metadata })),
    },
  }
  return { type: 'consumerGroupMemberMetadata', key: { groupId, memberId }, value, version }
}

export function epochRecord(groupId: string, epoch: number, metadataHash: bigint): GroupRecord {
  const value = { epoch, metadataHash: normalizeInt64(metadataHash) }
  return { type: 'consumerGroupMetadata', key: { groupId }, value, version }
}

export function targetRecord(groupId: string, memberId: string, target: Assignment): GroupRecord {
  const value = { topicPartitions: topicPartitionsOf(target) }
  return { type: 'consumerGroupTargetAssignmentMember', key: { groupId, memberId }, value, version }
}

export function targetEpochRecord(groupId: string, assignmentEpoch: number, assignmentTimestamp: number): GroupRecord {
  const value = { assignmentEpoch, assignmentTimestamp }
  return { type: 'consumerGroupTargetAssignmentMetadata', key: { groupId }, value, version }
}

export function currentAssignmentRecord(groupId: string, member: ConsumerMember): GroupRecord {
  const { memberId, memberEpoch, previousMemberEpoch, state, assigned, pendingRevocation } = member
  const value = {
    memberEpoch,
    previousMemberEpoch,
    state: storedMemberState(state),
    assignedPartitions: storedAssignment(assigned),
    partitionsPendingRevocation: storedAssignment(pendingRevocation),
  }
  return { type: 'consumerGroupCurrentMemberAssignment', key: { groupId, memberId }, value, version }
}

function storedAssignment(assignment: EpochAssignment) {
  return [...assignment].map(([topicId, epochs]) => {
    return { topicId, partitions: [...epochs.keys()], assignmentEpochs: [...epochs.values()] }
  })
}

export function regexRecord(groupId: string, regularExpression: string, resolved: ResolvedRegex): GroupRecord {
  const value = { topics: [...resolved.topics].sort(), version: resolved.version, timestamp: resolved.resolvedMs }
  return { type: 'consumerGroupRegularExpression', key: { groupId, regularExpression }, value, version }
}

export function regexTombstone(groupId: string, regularExpression: string): GroupRecord {
  return { type: 'consumerGroupRegularExpression', key: { groupId, regularExpression }, value: null, version }
}

export function topicMetadataTombstone(groupId: string): GroupRecord {
  return { type: 'consumerGroupPartitionMetadata', key: { groupId }, value: null, version }
}

/** A member goes: what it holds first, itself last. */
export function memberTombstones(groupId: string, memberId: string): GroupRecord[] {
  const key = { groupId, memberId }
  return [
    { type: 'consumerGroupCurrentMemberAssignment', key, value: null, version },
    { type: 'consumerGroupTargetAssignmentMember', key, value: null, version },
    { type: 'consumerGroupMemberMetadata', key, value: null, version },
  ]
}

/** The group goes. `memberIds`: those that records know by now, where the decision has replaced some already. */
export function groupTombstones(group: ConsumerGroup, memberIds: readonly string[]): GroupRecord[] {
  const { groupId } = group
  const ofMembers = (type: 'consumerGroupCurrentMemberAssignment' | 'consumerGroupTargetAssignmentMember') =>
    memberIds.map(memberId => ({ type, key: { groupId, memberId }, value: null, version }))
  return [
    ...ofMembers('consumerGroupCurrentMemberAssignment'),
    ...ofMembers('consumerGroupTargetAssignmentMember'),
    { type: 'consumerGroupTargetAssignmentMetadata', key: { groupId }, value: null, version },
    ...memberIds.map(memberId => {
      return { type: 'consumerGroupMemberMetadata', key: { groupId, memberId }, value: null, version } as const
    }),
    ...[...group.regexes.entries()].map(([regex]) => regexTombstone(groupId, regex)),
    topicMetadataTombstone(groupId),
    { type: 'consumerGroupMetadata', key: { groupId }, value: null, version },
  ]
}

/** Everything that makes the group. */
export function groupRecords(group: ConsumerGroup): GroupRecord[] {
  const { groupId } = group
  const members = [...group.members.values()]
  return [
    ...members.map(member => memberRecord(groupId, member)),
    epochRecord(groupId, group.epoch, group.metadataHash),
    ...members.map(({ memberId }) => targetRecord(groupId, memberId, group.target(memberId))),
    targetEpochRecord(groupId, group.assignmentEpoch, group.assignmentMs),
    ...members.map(member => currentAssignmentRecord(groupId, member)),
  ]
}

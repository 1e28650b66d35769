// All record types of __consumer_offsets: offsets (committed-offset.ts), classic groups (classic/stored-classic-group.ts), consumer
// groups (consumer/consumer-records.ts), and those of share and streams groups, which are read and kept (modern-group.ts).
// Source: Kafka 4.3.0's GroupCoordinatorRecordSerde.

import * as stored from '../../../protocol/stored/group/index.ts'
import { type RecordOf, recordCodec } from '../runtime/record-codec.ts'

const recordTypes = {
  legacyOffsetCommit: { key: stored.legacyOffsetCommitKey, value: stored.legacyOffsetCommitValue },
  offsetCommit: { key: stored.offsetCommitKey, value: stored.offsetCommitValue },
  groupMetadata: { key: stored.groupMetadataKey, value: stored.groupMetadataValue },
  consumerGroupMetadata: { key: stored.consumerGroupMetadataKey, value: stored.consumerGroupMetadataValue },
  consumerGroupPartitionMetadata: {
    key: stored.consumerGroupPartitionMetadataKey,
    value: stored.consumerGroupPartitionMetadataValue,
  },
  consumerGroupMemberMetadata: {
    key: stored.consumerGroupMemberMetadataKey,
    value: stored.consumerGroupMemberMetadataValue,
  },
  consumerGroupTargetAssignmentMetadata: {
    key: stored.consumerGroupTargetAssignmentMetadataKey,
    value: stored.consumerGroupTargetAssignmentMetadataValue,
  },
  consumerGroupTargetAssignmentMember: {
    key: stored.consumerGroupTargetAssignmentMemberKey,
    value: stored.consumerGroupTargetAssignmentMemberValue,
  },
  consumerGroupCurrentMemberAssignment: {
    key: stored.consumerGroupCurrentMemberAssignmentKey,
    value: stored.consumerGroupCurrentMemberAssignmentValue,
  },
  consumerGroupRegularExpression: {
    key: stored.consumerGroupRegularExpressionKey,
    value: stored.consumerGroupRegularExpressionValue,
  },
  shareGroupMemberMetadata: { key: stored.shareGroupMemberMetadataKey, value: stored.shareGroupMemberMetadataValue },
  shareGroupMetadata: { key: stored.shareGroupMetadataKey, value: stored.shareGroupMetadataValue },
  shareGroupTargetAssignmentMetadata: {
    key: stored.shareGroupTargetAssignmentMetadataKey,
    value: stored.shareGroupTargetAssignmentMetadataValue,
  },
  shareGroupTargetAssignmentMember: {
    key: stored.shareGroupTargetAssignmentMemberKey,
    value: stored.shareGroupTargetAssignmentMemberValue,
  },
  shareGroupCurrentMemberAssignment: {
    key: stored.shareGroupCurrentMemberAssignmentKey,
    value: stored.shareGroupCurrentMemberAssignmentValue,
  },
  shareGroupStatePartitionMetadata: {
    key: stored.shareGroupStatePartitionMetadataKey,
    value: stored.shareGroupStatePartitionMetadataValue,
  },
  streamsGroupMetadata: { key: stored.streamsGroupMetadataKey, value: stored.streamsGroupMetadataValue },
  streamsGroupMemberMetadata: {
    key: stored.streamsGroupMemberMetadataKey,
    value: stored.streamsGroupMemberMetadataValue,
  },
  streamsGroupTargetAssignmentMetadata: {
    key: stored.streamsGroupTargetAssignmentMetadataKey,
    value: stored.streamsGroupTargetAssignmentMetadataValue,
  },
  streamsGroupTargetAssignmentMember: {
    key: stored.streamsGroupTargetAssignmentMemberKey,
    value: stored.streamsGroupTargetAssignmentMemberValue,
  },
  streamsGroupCurrentMemberAssignment: {
    key: stored.streamsGroupCurrentMemberAssignmentKey,
    value: stored.streamsGroupCurrentMemberAssignmentValue,
  },
  streamsGroupTopology: { key: stored.streamsGroupTopologyKey, value: stored.streamsGroupTopologyValue },
} as const

export type GroupRecord = RecordOf<typeof recordTypes>

export const groupRecordCodec = recordCodec(recordTypes)

export {
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
} from './consumer-group-current-member-assignment.ts'
export { consumerGroupMemberMetadataKey, consumerGroupMemberMetadataValue } from './consumer-group-member-metadata.ts'
export { consumerGroupMetadataKey, consumerGroupMetadataValue } from './consumer-group-metadata.ts'
export {
  consumerGroupPartitionMetadataKey,
  consumerGroupPartitionMetadataValue,
} from './consumer-group-partition-metadata.ts'
export {
  consumerGroupRegularExpressionKey,
  consumerGroupRegularExpressionValue,
} from './consumer-group-regular-expression.ts'
export {
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
} from './consumer-group-target-assignment-member.ts'
export {
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
} from './consumer-group-target-assignment-metadata.ts'
export { groupMetadataKey, groupMetadataValue } from './group-metadata.ts'
export { legacyOffsetCommitKey, legacyOffsetCommitValue } from './legacy-offset-commit.ts'
export { offsetCommitKey, offsetCommitValue } from './offset-commit.ts'
export {
  shareGroupCurrentMemberAssignmentKey,
  shareGroupCurrentMemberAssignmentValue,
} from './share-group-current-member-assignment.ts'
export { shareGroupMemberMetadataKey, shareGroupMemberMetadataValue } from './share-group-member-metadata.ts'
export { shareGroupMetadataKey, shareGroupMetadataValue } from './share-group-metadata.ts'
export {
  shareGroupStatePartitionMetadataKey,
  shareGroupStatePartitionMetadataValue,
} from './share-group-state-partition-metadata.ts'
export {
  shareGroupTargetAssignmentMemberKey,
  shareGroupTargetAssignmentMemberValue,
} from './share-group-target-assignment-member.ts'
export {
  shareGroupTargetAssignmentMetadataKey,
  shareGroupTargetAssignmentMetadataValue,
} from './share-group-target-assignment-metadata.ts'
export {
  streamsGroupCurrentMemberAssignmentKey,
  streamsGroupCurrentMemberAssignmentValue,
} from './streams-group-current-member-assignment.ts'
export { streamsGroupMemberMetadataKey, streamsGroupMemberMetadataValue } from './streams-group-member-metadata.ts'
export { streamsGroupMetadataKey, streamsGroupMetadataValue } from './streams-group-metadata.ts'
export {
  streamsGroupTargetAssignmentMemberKey,
  streamsGroupTargetAssignmentMemberValue,
} from './streams-group-target-assignment-member.ts'
export {
  streamsGroupTargetAssignmentMetadataKey,
  streamsGroupTargetAssignmentMetadataValue,
} from './streams-group-target-assignment-metadata.ts'
export { streamsGroupTopologyKey, streamsGroupTopologyValue } from './streams-group-topology.ts'

// StreamsGroupTargetAssignmentMetadataKey and StreamsGroupTargetAssignmentMetadataValue: a record of __consumer_offsets.

import { int32, int64, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const streamsGroupTargetAssignmentMetadataKey = message({
  key: 20,
  name: 'StreamsGroupTargetAssignmentMetadataKey',
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

export const streamsGroupTargetAssignmentMetadataValue = message({
  key: 20,
  name: 'StreamsGroupTargetAssignmentMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: { assignmentEpoch: int32, assignmentTimestamp: int64.tag(0).ignorable() },
})

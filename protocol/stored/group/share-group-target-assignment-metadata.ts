// ShareGroupTargetAssignmentMetadataKey and ShareGroupTargetAssignmentMetadataValue: a record of __consumer_offsets.

import { int32, int64, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const shareGroupTargetAssignmentMetadataKey = message({
  key: 12,
  name: 'ShareGroupTargetAssignmentMetadataKey',
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

export const shareGroupTargetAssignmentMetadataValue = message({
  key: 12,
  name: 'ShareGroupTargetAssignmentMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: { assignmentEpoch: int32, assignmentTimestamp: int64.tag(0).ignorable() },
})

// ShareGroupTargetAssignmentMemberKey and ShareGroupTargetAssignmentMemberValue: a record of __consumer_offsets.

import { array, int32, string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const shareGroupTargetAssignmentMemberKey = message({
  key: 13,
  name: 'ShareGroupTargetAssignmentMemberKey',
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

export const shareGroupTargetAssignmentMemberValue = message({
  key: 13,
  name: 'ShareGroupTargetAssignmentMemberValue',
  versions: [0, 0],
  flexible: 0,
  fields: { topicPartitions: array({ topicId: uuid, partitions: array(int32) }) },
})

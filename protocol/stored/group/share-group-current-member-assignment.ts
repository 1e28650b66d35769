// ShareGroupCurrentMemberAssignmentKey and ShareGroupCurrentMemberAssignmentValue: a record of __consumer_offsets.

import { array, int8, int32, string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const topicPartitions = { topicId: uuid, partitions: array(int32) }

export const shareGroupCurrentMemberAssignmentKey = message({
  key: 14,
  name: 'ShareGroupCurrentMemberAssignmentKey',
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

export const shareGroupCurrentMemberAssignmentValue = message({
  key: 14,
  name: 'ShareGroupCurrentMemberAssignmentValue',
  versions: [0, 0],
  flexible: 0,
  fields: { memberEpoch: int32, previousMemberEpoch: int32, state: int8, assignedPartitions: array(topicPartitions) },
})

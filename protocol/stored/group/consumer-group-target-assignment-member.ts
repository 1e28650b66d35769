// ConsumerGroupTargetAssignmentMemberKey and ConsumerGroupTargetAssignmentMemberValue: a record of __consumer_offsets.

import { array, int32, string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const consumerGroupTargetAssignmentMemberKey = message({
  key: 7,
  name: 'ConsumerGroupTargetAssignmentMemberKey',
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

export const consumerGroupTargetAssignmentMemberValue = message({
  key: 7,
  name: 'ConsumerGroupTargetAssignmentMemberValue',
  versions: [0, 0],
  flexible: 0,
  fields: { topicPartitions: array({ topicId: uuid, partitions: array(int32) }) },
})

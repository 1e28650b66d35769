// ConsumerGroupCurrentMemberAssignmentKey and ConsumerGroupCurrentMemberAssignmentValue: a record of __consumer_offsets.

import { array, int8, int32, nullable, string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const topicPartitions = { topicId: uuid, partitions: array(int32), assignmentEpochs: nullable(array(int32)).tag(0) }

export const consumerGroupCurrentMemberAssignmentKey = message({
  key: 8,
  name: 'ConsumerGroupCurrentMemberAssignmentKey',
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

export const consumerGroupCurrentMemberAssignmentValue = message({
  key: 8,
  name: 'ConsumerGroupCurrentMemberAssignmentValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: array(topicPartitions),
    partitionsPendingRevocation: array(topicPartitions),
  },
})

// ShareGroupStatePartitionMetadataKey and ShareGroupStatePartitionMetadataValue: a record of __consumer_offsets.

import { array, int32, string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const topicPartitionsInfo = { topicId: uuid, topicName: string, partitions: array(int32) }

const topicInfo = { topicId: uuid, topicName: string }

export const shareGroupStatePartitionMetadataKey = message({
  key: 15,
  name: 'ShareGroupStatePartitionMetadataKey',
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

export const shareGroupStatePartitionMetadataValue = message({
  key: 15,
  name: 'ShareGroupStatePartitionMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    initializingTopics: array(topicPartitionsInfo),
    initializedTopics: array(topicPartitionsInfo),
    deletingTopics: array(topicInfo),
  },
})

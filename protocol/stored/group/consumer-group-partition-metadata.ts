// ConsumerGroupPartitionMetadataKey and ConsumerGroupPartitionMetadataValue: a record of __consumer_offsets.

import { array, int32, string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const consumerGroupPartitionMetadataKey = message({
  key: 4,
  name: 'ConsumerGroupPartitionMetadataKey',
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

export const consumerGroupPartitionMetadataValue = message({
  key: 4,
  name: 'ConsumerGroupPartitionMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    topics: array({
      topicId: uuid,
      topicName: string,
      numPartitions: int32,
      partitionMetadata: array({ partition: int32, racks: array(string) }),
    }),
  },
})

// ConsumerGroupMetadataKey and ConsumerGroupMetadataValue: a record of __consumer_offsets.

import { int32, int64, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const consumerGroupMetadataKey = message({
  key: 3,
  name: 'ConsumerGroupMetadataKey',
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

export const consumerGroupMetadataValue = message({
  key: 3,
  name: 'ConsumerGroupMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: { epoch: int32, metadataHash: int64.tag(0) },
})

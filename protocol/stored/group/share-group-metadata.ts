// ShareGroupMetadataKey and ShareGroupMetadataValue: a record of __consumer_offsets.

import { int32, int64, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const shareGroupMetadataKey = message({
  key: 11,
  name: 'ShareGroupMetadataKey',
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

export const shareGroupMetadataValue = message({
  key: 11,
  name: 'ShareGroupMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: { epoch: int32, metadataHash: int64 },
})

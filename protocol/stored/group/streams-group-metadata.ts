// StreamsGroupMetadataKey and StreamsGroupMetadataValue: a record of __consumer_offsets.

import { array, int32, int64, nullable, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const lastAssignmentConfig = { key: string, value: string }

export const streamsGroupMetadataKey = message({
  key: 17,
  name: 'StreamsGroupMetadataKey',
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

export const streamsGroupMetadataValue = message({
  key: 17,
  name: 'StreamsGroupMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    epoch: int32,
    metadataHash: int64,
    validatedTopologyEpoch: int32.tag(0).default(-1),
    lastAssignmentConfigs: nullable(array(lastAssignmentConfig)).tag(1),
  },
})

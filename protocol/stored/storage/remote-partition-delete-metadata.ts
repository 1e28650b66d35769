// RemotePartitionDeleteMetadataRecord: a file or record of the log layer.

import { int8, int32, int64, string, struct, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const remotePartitionDeleteMetadataRecord = message({
  key: 2,
  name: 'RemotePartitionDeleteMetadataRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    topicIdPartition: struct({ name: string, id: uuid, partition: int32 }),
    brokerId: int32,
    eventTimestampMs: int64,
    remotePartitionDeleteState: int8,
  },
})

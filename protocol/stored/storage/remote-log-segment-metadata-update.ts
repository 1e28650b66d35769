// RemoteLogSegmentMetadataUpdateRecord: a file or record of the log layer.

import { bytes, int8, int32, int64, nullable, string, struct, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const remoteLogSegmentMetadataUpdateRecord = message({
  key: 1,
  name: 'RemoteLogSegmentMetadataUpdateRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    remoteLogSegmentId: struct({ topicIdPartition: struct({ name: string, id: uuid, partition: int32 }), id: uuid }),
    brokerId: int32,
    eventTimestampMs: int64,
    customMetadata: nullable(bytes).default(null),
    remoteLogSegmentState: int8,
  },
})

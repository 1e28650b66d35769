// RemoteLogSegmentMetadataSnapshotRecord: a file or record of the log layer.

import { array, bool, bytes, int8, int32, int64, nullable, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const remoteLogSegmentMetadataSnapshotRecord = message({
  key: 3,
  name: 'RemoteLogSegmentMetadataSnapshotRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    segmentId: uuid,
    startOffset: int64,
    endOffset: int64,
    brokerId: int32,
    maxTimestampMs: int64,
    eventTimestampMs: int64,
    segmentLeaderEpochs: array({ leaderEpoch: int32, offset: int64 }),
    segmentSizeInBytes: int32,
    customMetadata: nullable(bytes).default(null),
    remoteLogSegmentState: int8,
    txnIndexEmpty: bool.tag(0),
  },
})

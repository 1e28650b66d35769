// OffsetCommitKey and OffsetCommitValue: a record of __consumer_offsets.

import { int32, int64, string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const offsetCommitKey = message({
  key: 1,
  name: 'OffsetCommitKey',
  versions: [0, 0],
  fields: { group: string.until(0), topic: string.until(0), partition: int32.until(0) },
})

export const offsetCommitValue = message({
  key: 1,
  name: 'OffsetCommitValue',
  versions: [0, 4],
  flexible: 4,
  fields: {
    offset: int64,
    leaderEpoch: int32.since(3).default(-1).ignorable(),
    metadata: string,
    commitTimestamp: int64,
    expireTimestamp: int64.since(1).until(1).default(-1).ignorable(),
    topicId: uuid.since(4).tag(0).ignorable(),
  },
})

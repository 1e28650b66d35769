// LegacyOffsetCommitKey and LegacyOffsetCommitValue: a record of __consumer_offsets.

import { int32, int64, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const legacyOffsetCommitKey = message({
  key: 0,
  name: 'LegacyOffsetCommitKey',
  versions: [0, 0],
  fields: { group: string.until(0), topic: string.until(0), partition: int32.until(0) },
})

export const legacyOffsetCommitValue = message({
  key: 0,
  name: 'LegacyOffsetCommitValue',
  versions: [0, 0],
  fields: { offset: int64.until(0), metadata: string.until(0), commitTimestamp: int64.until(0) },
})

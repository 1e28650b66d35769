// SnapshotHeaderRecord.

import { int16, int64 } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const snapshotHeaderRecord = message({
  name: 'SnapshotHeaderRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { version: int16, lastContainedLogTimestamp: int64 },
})

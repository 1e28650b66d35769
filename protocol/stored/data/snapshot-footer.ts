// SnapshotFooterRecord.

import { int16 } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const snapshotFooterRecord = message({
  name: 'SnapshotFooterRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { version: int16 },
})

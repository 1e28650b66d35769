// KRaftVersionRecord.

import { int16 } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const kRaftVersionRecord = message({
  name: 'KRaftVersionRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { version: int16, kRaftVersion: int16 },
})

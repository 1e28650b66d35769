// ControlRecordTypeSchema.

import { int16 } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const controlRecordTypeSchema = message({
  name: 'ControlRecordTypeSchema',
  versions: [0, 0],
  fields: { type: int16 },
})

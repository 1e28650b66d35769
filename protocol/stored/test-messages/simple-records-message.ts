// SimpleRecordsMessage.

import { nullable, records, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const simpleRecordsMessage = message({
  name: 'SimpleRecordsMessage',
  versions: [0, 1],
  flexible: 1,
  fields: { topic: string, recordSet: nullable(records) },
})

// BeginTransactionRecord: a record of __cluster_metadata-0.

import { nullable, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const beginTransactionRecord = message({
  key: 23,
  name: 'BeginTransactionRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { name: nullable(string).tag(0).default(null) },
})

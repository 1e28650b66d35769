// AbortTransactionRecord: a record of __cluster_metadata-0.

import { nullable, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const abortTransactionRecord = message({
  key: 25,
  name: 'AbortTransactionRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { reason: nullable(string).tag(0).default(null) },
})

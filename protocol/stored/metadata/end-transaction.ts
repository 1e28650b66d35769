// EndTransactionRecord: a record of __cluster_metadata-0.

import { message } from '../../wire/schema.ts'

export const endTransactionRecord = message({
  key: 24,
  name: 'EndTransactionRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {},
})

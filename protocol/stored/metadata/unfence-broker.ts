// UnfenceBrokerRecord: a record of __cluster_metadata-0.

import { int32, int64 } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const unfenceBrokerRecord = message({
  key: 8,
  name: 'UnfenceBrokerRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { id: int32, epoch: int64 },
})

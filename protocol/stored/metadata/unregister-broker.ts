// UnregisterBrokerRecord: a record of __cluster_metadata-0.

import { int32, int64 } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const unregisterBrokerRecord = message({
  key: 1,
  name: 'UnregisterBrokerRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { brokerId: int32, brokerEpoch: int64 },
})

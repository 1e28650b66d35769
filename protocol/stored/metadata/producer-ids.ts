// ProducerIdsRecord: a record of __cluster_metadata-0.

import { int32, int64 } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const producerIdsRecord = message({
  key: 15,
  name: 'ProducerIdsRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { brokerId: int32, brokerEpoch: int64.default(-1), nextProducerId: int64 },
})

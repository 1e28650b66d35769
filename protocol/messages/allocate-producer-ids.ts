// AllocateProducerIds: API key 67, versions 0 to 0.

import { int16, int32, int64 } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const allocateProducerIds = api({
  key: 67,
  name: 'AllocateProducerIds',
  versions: [0, 0],
  flexible: 0,
  request: { brokerId: int32, brokerEpoch: int64.default(-1) },
  response: { throttleTimeMs: int32, errorCode: int16, producerIdStart: int64, producerIdLen: int32 },
})

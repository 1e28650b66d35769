// AddOffsetsToTxn: API key 25, versions 0 to 4.

import { int16, int32, int64, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const addOffsetsToTxn = api({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: [0, 4],
  flexible: 3,
  request: { transactionalId: string, producerId: int64, producerEpoch: int16, groupId: string },
  response: { throttleTimeMs: int32, errorCode: int16 },
})

// UnregisterBroker: API key 64, versions 0 to 0.

import { int16, int32, nullable, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const unregisterBroker = api({
  key: 64,
  name: 'UnregisterBroker',
  versions: [0, 0],
  flexible: 0,
  request: { brokerId: int32 },
  response: { throttleTimeMs: int32, errorCode: int16, errorMessage: nullable(string) },
})

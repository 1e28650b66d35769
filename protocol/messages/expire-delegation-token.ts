// ExpireDelegationToken: API key 40, versions 1 to 2.

import { bytes, int16, int32, int64 } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const expireDelegationToken = api({
  key: 40,
  name: 'ExpireDelegationToken',
  versions: [1, 2],
  flexible: 2,
  request: { hmac: bytes, expiryTimePeriodMs: int64 },
  response: { errorCode: int16, expiryTimestampMs: int64, throttleTimeMs: int32 },
})

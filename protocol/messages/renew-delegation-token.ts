// RenewDelegationToken: API key 39, versions 1 to 2.

import { bytes, int16, int32, int64 } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const renewDelegationToken = api({
  key: 39,
  name: 'RenewDelegationToken',
  versions: [1, 2],
  flexible: 2,
  request: { hmac: bytes, renewPeriodMs: int64 },
  response: { errorCode: int16, expiryTimestampMs: int64, throttleTimeMs: int32 },
})

// SaslAuthenticate: API key 36, versions 0 to 2.

import { bytes, int16, int64, nullable, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const saslAuthenticate = api({
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexible: 2,
  request: { authBytes: bytes },
  response: {
    errorCode: int16,
    errorMessage: nullable(string),
    authBytes: bytes,
    sessionLifetimeMs: int64.since(1).ignorable(),
  },
})

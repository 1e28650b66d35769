// Envelope: API key 58, versions 0 to 0.

import { bytes, int16, nullable } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const envelope = api({
  key: 58,
  name: 'Envelope',
  versions: [0, 0],
  flexible: 0,
  request: { requestData: bytes, requestPrincipal: nullable(bytes), clientHostAddress: bytes },
  response: { responseData: nullable(bytes).default(null), errorCode: int16 },
})

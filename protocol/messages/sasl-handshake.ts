// SaslHandshake: API key 17, versions 0 to 1.

import { array, int16, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const saslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  request: { mechanism: string },
  response: { errorCode: int16, mechanisms: array(string) },
})

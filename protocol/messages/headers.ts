// The headers in front of every request and response.

import { int16, int32, nullable, string } from '../wire/field.ts'
import { message } from '../wire/schema.ts'

export const requestHeader = message({
  name: 'RequestHeader',
  versions: [1, 2],
  flexible: 2,
  fields: {
    requestApiKey: int16,
    requestApiVersion: int16,
    correlationId: int32,
    clientId: nullable(string, 1).since(1).neverFlexible(),
  },
})

export const responseHeader = message({
  name: 'ResponseHeader',
  versions: [0, 1],
  flexible: 1,
  fields: { correlationId: int32 },
})

// AddRaftVoter: API key 80, versions 0 to 1.

import { array, bool, int16, int32, nullable, string, uint16, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const addRaftVoter = api({
  key: 80,
  name: 'AddRaftVoter',
  versions: [0, 1],
  flexible: 0,
  request: {
    clusterId: nullable(string),
    timeoutMs: int32,
    voterId: int32,
    voterDirectoryId: uuid,
    listeners: array({ name: string, host: string, port: uint16 }),
    ackWhenCommitted: bool.since(1).default(true),
  },
  response: { throttleTimeMs: int32, errorCode: int16, errorMessage: nullable(string).ignorable() },
})

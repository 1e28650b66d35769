// SyncGroup: API key 14, versions 0 to 5.

import { array, bytes, int16, int32, nullable, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const syncGroup = api({
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexible: 4,
  request: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullable(string, 3).since(3).default(null),
    protocolType: nullable(string, 5).since(5).default(null).ignorable(),
    protocolName: nullable(string, 5).since(5).default(null).ignorable(),
    assignments: array({ memberId: string, assignment: bytes }),
  },
  response: {
    throttleTimeMs: int32.since(1).ignorable(),
    errorCode: int16,
    protocolType: nullable(string, 5).since(5).default(null).ignorable(),
    protocolName: nullable(string, 5).since(5).default(null).ignorable(),
    assignment: bytes,
  },
})

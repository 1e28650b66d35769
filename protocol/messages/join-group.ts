// JoinGroup: API key 11, versions 0 to 9.

import { array, bool, bytes, int16, int32, nullable, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const joinGroup = api({
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexible: 6,
  request: {
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: int32.since(1).default(-1).ignorable(),
    memberId: string,
    groupInstanceId: nullable(string, 5).since(5).default(null),
    protocolType: string,
    protocols: array({ name: string, metadata: bytes }),
    reason: nullable(string, 8).since(8).default(null).ignorable(),
  },
  response: {
    throttleTimeMs: int32.since(2).ignorable(),
    errorCode: int16,
    generationId: int32.default(-1),
    protocolType: nullable(string, 7).since(7).default(null).ignorable(),
    protocolName: nullable(string, 7),
    leader: string,
    skipAssignment: bool.since(9),
    memberId: string,
    members: array({
      memberId: string,
      groupInstanceId: nullable(string, 5).since(5).default(null).ignorable(),
      metadata: bytes,
    }),
  },
})

// Heartbeat: API key 12, versions 0 to 4.

import { int16, int32, nullable, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const heartbeat = api({
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexible: 4,
  request: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullable(string, 3).since(3).default(null),
  },
  response: { throttleTimeMs: int32.since(1).ignorable(), errorCode: int16 },
})

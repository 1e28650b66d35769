// LeaveGroup: API key 13, versions 0 to 5.

import { array, int16, int32, nullable, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const leaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexible: 4,
  request: {
    groupId: string,
    memberId: string.until(2),
    members: array({
      memberId: string.since(3),
      groupInstanceId: nullable(string, 3).since(3).default(null),
      reason: nullable(string, 5).since(5).default(null).ignorable(),
    }).since(3),
  },
  response: {
    throttleTimeMs: int32.since(1).ignorable(),
    errorCode: int16,
    members: array({
      memberId: string.since(3),
      groupInstanceId: nullable(string, 3).since(3),
      errorCode: int16.since(3),
    }).since(3),
  },
})

// RemoveRaftVoter: API key 81, versions 0 to 0.

import { int16, int32, nullable, string, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const removeRaftVoter = api({
  key: 81,
  name: 'RemoveRaftVoter',
  versions: [0, 0],
  flexible: 0,
  request: { clusterId: nullable(string), voterId: int32, voterDirectoryId: uuid },
  response: { throttleTimeMs: int32, errorCode: int16, errorMessage: nullable(string).ignorable() },
})

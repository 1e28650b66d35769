// DeleteGroups: API key 42, versions 0 to 2.

import { array, int16, int32, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const deleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexible: 2,
  request: { groupsNames: array(string) },
  response: { throttleTimeMs: int32, results: array({ groupId: string, errorCode: int16 }) },
})

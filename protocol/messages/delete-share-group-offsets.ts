// DeleteShareGroupOffsets: API key 92, versions 0 to 0.

import { array, int16, int32, nullable, string, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const deleteShareGroupOffsets = api({
  key: 92,
  name: 'DeleteShareGroupOffsets',
  versions: [0, 0],
  flexible: 0,
  request: { groupId: string, topics: array({ topicName: string }) },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string).default(null),
    responses: array({
      topicName: string,
      topicId: uuid,
      errorCode: int16,
      errorMessage: nullable(string).default(null),
    }),
  },
})

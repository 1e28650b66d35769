// DeleteShareGroupState: API key 86, versions 0 to 0.

import { array, int16, int32, nullable, string, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const deleteShareGroupState = api({
  key: 86,
  name: 'DeleteShareGroupState',
  versions: [0, 0],
  flexible: 0,
  request: { groupId: string, topics: array({ topicId: uuid, partitions: array({ partition: int32 }) }) },
  response: {
    results: array({
      topicId: uuid,
      partitions: array({ partition: int32, errorCode: int16, errorMessage: nullable(string).default(null) }),
    }),
  },
})

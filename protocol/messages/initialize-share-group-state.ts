// InitializeShareGroupState: API key 83, versions 0 to 0.

import { array, int16, int32, int64, nullable, string, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const initializeShareGroupState = api({
  key: 83,
  name: 'InitializeShareGroupState',
  versions: [0, 0],
  flexible: 0,
  request: {
    groupId: string,
    topics: array({ topicId: uuid, partitions: array({ partition: int32, stateEpoch: int32, startOffset: int64 }) }),
  },
  response: {
    results: array({
      topicId: uuid,
      partitions: array({ partition: int32, errorCode: int16, errorMessage: nullable(string).default(null) }),
    }),
  },
})

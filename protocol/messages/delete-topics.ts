// DeleteTopics: API key 20, versions 1 to 6.

import { array, int16, int32, nullable, string, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const deleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexible: 4,
  request: {
    topics: array({ name: nullable(string, 6).since(6).default(null), topicId: uuid.since(6) }).since(6),
    topicNames: array(string).until(5).ignorable(),
    timeoutMs: int32,
  },
  response: {
    throttleTimeMs: int32.since(1).ignorable(),
    responses: array({
      name: nullable(string, 6),
      topicId: uuid.since(6).ignorable(),
      errorCode: int16,
      errorMessage: nullable(string, 5).since(5).default(null).ignorable(),
    }),
  },
})

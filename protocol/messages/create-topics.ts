// CreateTopics: API key 19, versions 2 to 7.

import { array, bool, int8, int16, int32, nullable, string, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const createTopics = api({
  key: 19,
  name: 'CreateTopics',
  versions: [2, 7],
  flexible: 5,
  request: {
    topics: array({
      name: string,
      numPartitions: int32,
      replicationFactor: int16,
      assignments: array({ partitionIndex: int32, brokerIds: array(int32) }),
      configs: array({ name: string, value: nullable(string) }),
    }),
    timeoutMs: int32.default(60000),
    validateOnly: bool.since(1),
  },
  response: {
    throttleTimeMs: int32.since(2).ignorable(),
    topics: array({
      name: string,
      topicId: uuid.since(7).ignorable(),
      errorCode: int16,
      errorMessage: nullable(string).since(1).ignorable(),
      topicConfigErrorCode: int16.since(5).tag(0).ignorable(),
      numPartitions: int32.since(5).default(-1).ignorable(),
      replicationFactor: int16.since(5).default(-1).ignorable(),
      configs: nullable(
        array({
          name: string.since(5),
          value: nullable(string, 5).since(5),
          readOnly: bool.since(5),
          configSource: int8.since(5).default(-1).ignorable(),
          isSensitive: bool.since(5),
        }),
        5,
      )
        .since(5)
        .ignorable(),
    }),
  },
})

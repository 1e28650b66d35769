// ElectLeaders: API key 43, versions 0 to 2.

import { array, int8, int16, int32, nullable, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const electLeaders = api({
  key: 43,
  name: 'ElectLeaders',
  versions: [0, 2],
  flexible: 2,
  request: {
    electionType: int8.since(1),
    topicPartitions: nullable(array({ topic: string, partitions: array(int32) })),
    timeoutMs: int32.default(60000),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16.since(1),
    replicaElectionResults: array({
      topic: string,
      partitionResult: array({ partitionId: int32, errorCode: int16, errorMessage: nullable(string) }),
    }),
  },
})

// DescribeShareGroupOffsets: API key 90, versions 0 to 1.

import { array, int16, int32, int64, nullable, string, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const describeShareGroupOffsets = api({
  key: 90,
  name: 'DescribeShareGroupOffsets',
  versions: [0, 1],
  flexible: 0,
  request: {
    groups: array({ groupId: string, topics: nullable(array({ topicName: string, partitions: array(int32) })) }),
  },
  response: {
    throttleTimeMs: int32,
    groups: array({
      groupId: string,
      topics: array({
        topicName: string,
        topicId: uuid,
        partitions: array({
          partitionIndex: int32,
          startOffset: int64,
          leaderEpoch: int32,
          lag: int64.since(1).default(-1).ignorable(),
          errorCode: int16,
          errorMessage: nullable(string).default(null),
        }),
      }),
      errorCode: int16,
      errorMessage: nullable(string).default(null),
    }),
  },
})

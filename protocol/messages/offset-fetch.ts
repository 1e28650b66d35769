// OffsetFetch: API key 9, versions 1 to 10.

import { array, bool, int16, int32, int64, nullable, string, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const offsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 10],
  flexible: 6,
  request: {
    groupId: string.until(7),
    topics: nullable(array({ name: string.until(7), partitionIndexes: array(int32).until(7) }), 2, 7).until(7),
    groups: array({
      groupId: string.since(8),
      memberId: nullable(string, 9).since(9).default(null).ignorable(),
      memberEpoch: int32.since(9).default(-1).ignorable(),
      topics: nullable(
        array({
          name: string.since(8).until(9).ignorable(),
          topicId: uuid.since(10).ignorable(),
          partitionIndexes: array(int32).since(8),
        }),
        8,
      ).since(8),
    }).since(8),
    requireStable: bool.since(7),
  },
  response: {
    throttleTimeMs: int32.since(3).ignorable(),
    topics: array({
      name: string.until(7),
      partitions: array({
        partitionIndex: int32.until(7),
        committedOffset: int64.until(7),
        committedLeaderEpoch: int32.since(5).until(7).default(-1).ignorable(),
        metadata: nullable(string, 0, 7).until(7),
        errorCode: int16.until(7),
      }).until(7),
    }).until(7),
    errorCode: int16.since(2).until(7).ignorable(),
    groups: array({
      groupId: string.since(8),
      topics: array({
        name: string.since(8).until(9).ignorable(),
        topicId: uuid.since(10).ignorable(),
        partitions: array({
          partitionIndex: int32.since(8),
          committedOffset: int64.since(8),
          committedLeaderEpoch: int32.since(8).default(-1).ignorable(),
          metadata: nullable(string, 8).since(8),
          errorCode: int16.since(8),
        }).since(8),
      }).since(8),
      errorCode: int16.since(8),
    }).since(8),
  },
})

// Fetch: API key 1, versions 4 to 18.

import { array, int8, int16, int32, int64, nullable, records, string, struct, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const fetch = api({
  key: 1,
  name: 'Fetch',
  versions: [4, 18],
  flexible: 12,
  request: {
    clusterId: nullable(string, 12).since(12).tag(0).default(null).ignorable(),
    replicaId: int32.until(14).default(-1),
    replicaState: struct({ replicaId: int32.since(15).default(-1), replicaEpoch: int64.since(15).default(-1) })
      .since(15)
      .tag(1),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32.since(3).default(0x7fffffff).ignorable(),
    isolationLevel: int8.since(4).ignorable(),
    sessionId: int32.since(7).ignorable(),
    sessionEpoch: int32.since(7).default(-1).ignorable(),
    topics: array({
      topic: string.until(12).ignorable(),
      topicId: uuid.since(13).ignorable(),
      partitions: array({
        partition: int32,
        currentLeaderEpoch: int32.since(9).default(-1).ignorable(),
        fetchOffset: int64,
        lastFetchedEpoch: int32.since(12).default(-1),
        logStartOffset: int64.since(5).default(-1).ignorable(),
        partitionMaxBytes: int32,
        replicaDirectoryId: uuid.since(17).tag(0).ignorable(),
        highWatermark: int64.since(18).tag(1).default(9223372036854775807n).ignorable(),
      }),
    }),
    forgottenTopicsData: array({
      topic: string.since(7).until(12).ignorable(),
      topicId: uuid.since(13).ignorable(),
      partitions: array(int32).since(7),
    }).since(7),
    rackId: string.since(11).ignorable(),
  },
  response: {
    throttleTimeMs: int32.since(1).ignorable(),
    errorCode: int16.since(7).ignorable(),
    sessionId: int32.since(7),
    responses: array({
      topic: string.until(12).ignorable(),
      topicId: uuid.since(13).ignorable(),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        highWatermark: int64,
        lastStableOffset: int64.since(4).default(-1).ignorable(),
        logStartOffset: int64.since(5).default(-1).ignorable(),
        divergingEpoch: struct({ epoch: int32.since(12).default(-1), endOffset: int64.since(12).default(-1) })
          .since(12)
          .tag(0),
        currentLeader: struct({ leaderId: int32.since(12).default(-1), leaderEpoch: int32.since(12).default(-1) })
          .since(12)
          .tag(1),
        snapshotId: struct({ endOffset: int64.default(-1), epoch: int32.default(-1) })
          .since(12)
          .tag(2),
        abortedTransactions: nullable(array({ producerId: int64.since(4), firstOffset: int64.since(4) }), 4)
          .since(4)
          .ignorable(),
        preferredReadReplica: int32.since(11).default(-1),
        records: nullable(records),
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32.since(16),
      host: string.since(16),
      port: int32.since(16),
      rack: nullable(string, 16).since(16).default(null),
    })
      .since(16)
      .tag(0),
  },
})

// ListOffsets: v1-11. The offset at a timestamp, or at one of the special ones, bounded by what the isolation level shows.
// -1 latest, -2 earliest, -3 the record with the largest timestamp (v7), -4 earliest local (v8), -5 latest tiered (v9),
// -6 earliest not yet uploaded (v11); nothing is tiered here, so that -4 is -2, and -5 and -6 are not known.
// v2: isolation level. v4: leader epochs. v10: timeoutMs, for tiered storage only.
// Not done: OFFSET_NOT_AVAILABLE while a new leader's high watermark lags, which takes followers.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import { listOffsets } from '../../../protocol/messages/list-offsets.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { Partition } from '../../partition/partition.ts'
import { handler } from '../handler.ts'
import { perPartition } from '../partition-answers.ts'

const latest = -1
const earliest = -2
const largestTimestamp = -3
const earliestLocal = -4

/** Special timestamps and the first version that knows them. */
const sinceVersion: ReadonlyMap<Int64, number> = new Map([
  [latest, 1],
  [earliest, 1],
  [largestTimestamp, 7],
  [earliestLocal, 8],
  [-5, 9],
  [-6, 11],
])

const consumerReplicaId = -1
const readCommitted = 1

interface Found {
  readonly timestamp?: Int64
  readonly offset?: Offset
  readonly leaderEpoch?: number
}

const unknown: Found = {}

export default handler(
  listOffsets,
  async ({ services, apiVersion }, { topics, replicaId, isolationLevel }) => {
    const seen = new Set<string>()
    const duplicates = new Set<string>()
    for (const { name, partitions } of topics) {
      for (const { partitionIndex } of partitions) {
        const key = `${name}-${partitionIndex}`
        if (seen.has(key)) duplicates.add(key)
        seen.add(key)
      }
    }
    const answers = await perPartition(topics, async ({ name }, { partitionIndex, currentLeaderEpoch, timestamp }) => {
      const refused = (error: ProtocolError) => ({ partitionIndex, errorCode: error.code })
      if (duplicates.has(`${name}-${partitionIndex}`)) return refused(errors.INVALID_REQUEST)
      if (timestamp < 0 && apiVersion < (sinceVersion.get(timestamp) ?? Number.POSITIVE_INFINITY)) {
        return refused(errors.UNSUPPORTED_VERSION)
      }
      const found = services.partitions.leading(name, partitionIndex)
      if (found.error) return refused(found.error)
      const { partition } = found
      const epochError = partition.checkLeaderEpoch(currentLeaderEpoch)
      if (epochError !== errors.NONE) return refused(epochError)
      try {
        return {
          partitionIndex,
          ...(await find(partition, timestamp, visibleEnd(partition, replicaId, isolationLevel))),
        }
      } catch {
        // The disk failed, or the log was closed under us; the log has said so.
        return refused(errors.KAFKA_STORAGE_ERROR)
      }
    })
    return {
      topics: answers.map(({ topic, partitions }) => ({
        name: topic.name,
        partitions: apiVersion >= 4 ? partitions : partitions.map(each => ({ ...each, leaderEpoch: -1 })),
      })),
    }
  },
  {
    failure: ({ topics }, errorCode) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
      })),
    }),
  },
)

/** One past the last offset that is shown: a consumer sees what is committed, a replica or debugger all. */
function visibleEnd(partition: Partition, replicaId: number, isolationLevel: number): Offset {
  if (replicaId !== consumerReplicaId) return partition.log.logEndOffset
  return isolationLevel === readCommitted ? partition.lastStableOffset : partition.highWatermark
}

async function find(partition: Partition, timestamp: Int64, end: Offset): Promise<Found> {
  const { log } = partition
  switch (timestamp) {
    case latest:
      return { offset: end, leaderEpoch: partition.leaderEpoch }
    case earliest:
    case earliestLocal:
      return { offset: log.logStartOffset, leaderEpoch: log.epochForOffset(log.logStartOffset) ?? -1 }
    case largestTimestamp:
      return (await log.maxTimestamp(end)) ?? unknown
    default:
      return timestamp < 0 ? unknown : ((await log.offsetForTimestamp(timestamp, end)) ?? unknown)
  }
}

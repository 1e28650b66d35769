// Which offset belongs to a time, or to the beginning or end of a partition: ListOffsets. Source: OffsetFetcher, Kafka 4.3.0.

import { errors } from '../../protocol/errors.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { safeNumber } from '../../protocol/wire/int64.ts'
import { brokerError, ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { answersFor, askLeaders, groupByTopic, type Led, type PartitionAnswer } from './ask-leaders.ts'

export interface OffsetQuery extends TopicPartition {
  /** Milliseconds, or one of the timestamps of reset-policy.ts. */
  readonly timestamp: Int64
}

export interface FoundOffset {
  /** -1: there is no record as young as that. */
  readonly offset: number
  /** Of the record, where a time was asked for; otherwise -1. */
  readonly timestamp: Int64
  /** -1 when the broker does not say. */
  readonly leaderEpoch: number
}

export interface LookupOptions {
  /** Counts for the end: the last stable offset in place of the high watermark. */
  readonly readsCommitted: boolean
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** Tells each as soon as it is known; see `askLeaders` for what it rejects with. */
export function lookUpOffsets<Query extends OffsetQuery>(
  cluster: Cluster,
  queries: readonly Query[],
  options: LookupOptions,
  found: (query: Query, offset: FoundOffset) => void,
): Promise<void> {
  const twice = repeated(queries)
  if (twice !== undefined) {
    const { topic, partition } = twice
    const error = new ClientError('INVALID_ARGUMENT', 'asked about twice in one call', { topic, partition })
    return Promise.reject(error)
  }
  const what = `look up offsets of ${describe(queries)}`
  const ask = (broker: Broker, led: readonly Led<Query>[], timeoutMs: number) =>
    askOne(broker, led, options.readsCommitted, timeoutMs)
  const { timeoutMs, signal } = options
  return askLeaders(cluster, queries, { ask, found }, { what, timeoutMs, signal })
}

/** "orders-3 and 5 others". */
export function describe(partitions: readonly TopicPartition[]): string {
  const first = partitions[0]
  if (first === undefined) return 'no partition'
  const others = partitions.length - 1
  const name = `${first.topic}-${first.partition}`
  return others === 0 ? name : `${name} and ${others} other${others === 1 ? '' : 's'}`
}

/** Brokers refuse such a request as a whole. */
function repeated<Query extends TopicPartition>(queries: readonly Query[]): Query | undefined {
  const seen = new Set<string>()
  return queries.find(({ topic, partition }) => seen.size === seen.add(`${topic}-${partition}`).size)
}

async function askOne<Query extends OffsetQuery>(
  broker: Broker,
  led: readonly Led<Query>[],
  readsCommitted: boolean,
  timeoutMs: number,
): Promise<PartitionAnswer<Query, FoundOffset>[]> {
  const topics = groupByTopic(led).map(([name, partitions]) => ({
    name,
    partitions: partitions.map(({ target, leaderEpoch }) => ({
      partitionIndex: target.partition,
      currentLeaderEpoch: leaderEpoch,
      timestamp: target.timestamp,
    })),
  }))
  const body = { replicaId: -1, isolationLevel: readsCommitted ? 1 : 0, topics, timeoutMs: Math.ceil(timeoutMs) }
  const answer = await broker.request(listOffsets, body, { timeoutMs })
  const parts = answer.topics.flatMap(({ name, partitions }) =>
    partitions.map(part => ({ topic: name, partition: part.partitionIndex, part })),
  )
  return [...answersFor(led, parts)].map(({ target, part }) => ({ target, result: resultOf(target, part) }))
}

interface Part {
  readonly errorCode: number
  readonly offset: Int64
  readonly timestamp: Int64
  readonly leaderEpoch: number
}

function resultOf({ topic, partition }: TopicPartition, part: Part): FoundOffset | ClientError {
  const { errorCode, timestamp, leaderEpoch } = part
  if (errorCode !== errors.NONE.code) return brokerError(errorCode, { topic, partition })
  const offset = safeNumber(part.offset)
  if (offset === undefined) return new ClientError('BROKEN_ANSWER', `offset ${part.offset} is beyond 2^53`)
  return { offset, timestamp, leaderEpoch }
}

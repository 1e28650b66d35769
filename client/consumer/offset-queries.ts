// Questions about offsets that users ask: of the beginning, the end, a time. Source: KafkaConsumer, Kafka 4.3.0.

import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { type FoundOffset, lookUpOffsets, type OffsetQuery } from './offset-lookup.ts'
import { earliestTimestamp, latestTimestamp } from './reset-policy.ts'

export interface QueryOptions {
  /** [default.api.timeout.ms] */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: number
}

export interface TimedOffset extends PartitionOffset {
  readonly timestamp: Int64
  /** -1 when the broker does not say. */
  readonly leaderEpoch: number
}

export class OffsetQueries {
  readonly #cluster: Cluster
  readonly #readsCommitted: boolean
  readonly #timeoutMs: number

  constructor(cluster: Cluster, readsCommitted: boolean, timeoutMs: number) {
    this.#cluster = cluster
    this.#readsCommitted = readsCommitted
    this.#timeoutMs = timeoutMs
  }

  beginning(partitions: readonly TopicPartition[], options?: QueryOptions): Promise<PartitionOffset[]> {
    return this.#at(partitions, earliestTimestamp, options)
  }

  /** The high watermark, or, for who reads committed records, the last stable offset. */
  end(partitions: readonly TopicPartition[], options?: QueryOptions): Promise<PartitionOffset[]> {
    return this.#at(partitions, latestTimestamp, options)
  }

  /** The first record that is not older; partitions without one are missing. */
  async forTimes(queries: readonly OffsetQuery[], options?: QueryOptions): Promise<TimedOffset[]> {
    const found = await this.#lookUp(queries, options)
    return found.flatMap(([{ topic, partition }, { offset, timestamp, leaderEpoch }]) =>
      offset < 0 ? [] : [{ topic, partition, offset, timestamp, leaderEpoch }],
    )
  }

  async #at(partitions: readonly TopicPartition[], timestamp: number, options?: QueryOptions) {
    const queries = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }))
    const found = await this.#lookUp(queries, options)
    return found.map(([{ topic, partition }, { offset }]) => ({ topic, partition, offset }))
  }

  async #lookUp(queries: readonly OffsetQuery[], options: QueryOptions = {}): Promise<[OffsetQuery, FoundOffset][]> {
    const { timeoutMs = this.#timeoutMs, signal } = options
    const found = new Map<OffsetQuery, FoundOffset>()
    const lookup = { readsCommitted: this.#readsCommitted, timeoutMs, signal }
    await lookUpOffsets(this.#cluster, queries, lookup, (query, offset) => found.set(query, offset))
    return queries.map(query => [query, found.get(query)!])
  }
}

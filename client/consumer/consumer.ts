// A consumer: reads partitions that it was assigned, or that a group shares out, and commits how far it has come. A facade: the
// parts are in the files beside this one (README.md says which does what).

import { EventEmitter } from 'node:events'
import type { Cancel } from '../../io/clock.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { type Int64, safeNumber } from '../../protocol/wire/int64.ts'
import { ClientError } from '../client-error.ts'
import type { ClientWorld } from '../client-world.ts'
import { Cluster } from '../cluster/cluster.ts'
import { leaderIn } from '../cluster/cluster-image.ts'
import { clientWorld } from '../real-client-world.ts'
import type { ConsumerBatch } from './consumer-batch.ts'
import type { ConsumerEmitter, ConsumerEvents, PartitionLag } from './consumer-events.ts'
import { type ConsumerOptions, type ConsumerSettings, consumerSettings } from './consumer-options.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import { Delivery } from './delivery.ts'
import { explain } from './explain.ts'
import { batchesOf, recordsOf } from './iteration.ts'
import type { OffsetQuery } from './offset-lookup.ts'
import { OffsetQueries, type PartitionOffset, type QueryOptions, type TimedOffset } from './offset-queries.ts'
import { Reading } from './reading.ts'

export interface IterationOptions {
  /** Raised: the loop ends with ABORTED. */
  readonly signal?: AbortSignal
}

/** A partition, and where to begin: an offset, or a reset policy; by the committed offset or the consumer's policy when left out. */
export interface Assignment extends TopicPartition {
  readonly offset?: number | 'earliest' | 'latest'
}

export class Consumer implements AsyncIterable<ConsumerBatch> {
  /** See ConsumerEvents for what there is. */
  readonly events: ConsumerEmitter = new EventEmitter<ConsumerEvents>()
  readonly #cluster: Cluster
  readonly #settings: ConsumerSettings
  readonly #reading: Reading
  readonly #delivery: Delivery
  readonly #queries: OffsetQueries
  #isIterated = false
  #closing: Promise<void> | undefined
  #cancelLag: Cancel | undefined

  /** Throws INVALID_ARGUMENT. Connects when it is first needed. */
  constructor(options: ConsumerOptions, world: Partial<ClientWorld> = {}) {
    this.#settings = consumerSettings(options)
    this.#cluster = new Cluster(options, clientWorld(world))
    const { fetch: settings, apiTimeoutMs } = this.#settings
    const cluster = this.#cluster
    const ready = () => this.#delivery.ready()
    this.#reading = new Reading({ cluster, settings, events: this.events, fetchCommitted: undefined, ready })
    this.#delivery = new Delivery(this.#reading, { working: () => {}, waiting: () => {} })
    this.#queries = new OffsetQueries(cluster, settings.readsCommitted, apiTimeoutMs)
    this.#scheduleLag()
  }

  // Reading

  /** Batches as they come; `batches()` without options. */
  [Symbol.asyncIterator](): AsyncGenerator<ConsumerBatch, void, void> {
    return this.batches()
  }

  /**
   * Batches as they come, of all partitions in turn. A batch counts as processed when the next is asked for. Ends when the
   * consumer is closed; throws what cannot be read on from (the loop can be begun again). One loop at a time.
   */
  batches({ signal }: IterationOptions = {}): AsyncGenerator<ConsumerBatch, void, void> {
    return this.#iterated(batchesOf(this.#delivery, signal))
  }

  /** Record by record, each processed when the next is asked for; otherwise as `batches`. */
  records({ signal }: IterationOptions = {}): AsyncGenerator<ConsumerRecord, void, void> {
    return this.#iterated(recordsOf(this.#delivery, signal))
  }

  /** The batch, or all up to the record, is processed, whatever the loop does: for who leaves it. */
  markProcessed(read: ConsumerBatch | ConsumerRecord): void {
    const state = this.#reading.find(read)
    if ('nextOffset' in read) state?.noteProcessed(read.nextOffset, read.leaderEpoch)
    else state?.noteProcessed(read.offset + 1, -1)
  }

  // What is read

  /** Reads exactly these partitions from now on, without a group's share-out. What is assigned already reads on where it is. */
  assign(partitions: readonly Assignment[]): void {
    this.#checkOpen()
    const isWanted = (each: TopicPartition) => partitions.some(wanted => isSame(wanted, each))
    this.#reading.remove(this.assignment.filter(each => !isWanted(each)))
    this.#reading.add(partitions.filter(each => this.#reading.find(each) === undefined))
    for (const { topic, partition, offset } of partitions) {
      if (offset === undefined) continue
      if (typeof offset === 'number') this.seek({ topic, partition, offset })
      else this.#resetAll([{ topic, partition }], offset)
    }
  }

  /** What is read now. */
  get assignment(): TopicPartition[] {
    return this.#reading.states.map(({ topic, partition }) => ({ topic, partition }))
  }

  /** Nothing of these is fetched or delivered until `resume`; what was fetched ahead is given up. Costs nothing then. */
  pause(partitions: readonly TopicPartition[] = this.assignment): void {
    for (const partition of partitions) {
      const state = this.#reading.get(partition)
      state.isPaused = true
      if (state.state === 'fetching') this.#reading.drop(state)
    }
    this.#reading.fetcher.wake()
  }

  resume(partitions: readonly TopicPartition[] = this.paused): void {
    for (const partition of partitions) this.#reading.get(partition).isPaused = false
    this.#reading.fetcher.wake()
    this.#delivery.ready()
  }

  get paused(): TopicPartition[] {
    return this.#reading.states.filter(({ isPaused }) => isPaused).map(({ topic, partition }) => ({ topic, partition }))
  }

  // Positions

  /** Reads on at the offset. What is in hand of the partition is not committed any more. Throws NOT_ASSIGNED. */
  seek({ topic, partition, offset, leaderEpoch }: TopicPartition & { offset: Int64; leaderEpoch?: number }): void {
    const state = this.#reading.get({ topic, partition })
    const target = safeNumber(offset)
    if (target === undefined || !(target >= 0)) {
      throw new ClientError('INVALID_ARGUMENT', `offset ${offset} is no offset`, { topic, partition })
    }
    this.#delivery.forget(state)
    this.#reading.buffer.drop(state)
    state.seek(target, leaderEpoch)
    this.#reading.fetcher.wake()
  }

  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment): void {
    this.#resetAll(partitions, 'earliest')
  }

  seekToEnd(partitions: readonly TopicPartition[] = this.assignment): void {
    this.#resetAll(partitions, 'latest')
  }

  /** The offset of the next record to be handed out; undefined while that is being found out. Throws NOT_ASSIGNED. */
  position(partition: TopicPartition): number | undefined {
    const { state, delivered } = this.#reading.get(partition)
    return state === 'starting' || state === 'resetting' || delivered < 0 ? undefined : delivered
  }

  /** Offsets to the end from the position, without asking; undefined before the first fetch. Throws NOT_ASSIGNED. */
  currentLag(partition: TopicPartition): number | undefined {
    return this.#reading.get(partition).lag(this.#settings.fetch.readsCommitted)
  }

  beginningOffsets(partitions: readonly TopicPartition[], options?: QueryOptions): Promise<PartitionOffset[]> {
    return this.#queries.beginning(partitions, options)
  }

  endOffsets(partitions: readonly TopicPartition[], options?: QueryOptions): Promise<PartitionOffset[]> {
    return this.#queries.end(partitions, options)
  }

  /** For each the first record that is not older; partitions without one are missing. */
  offsetsForTimes(queries: readonly OffsetQuery[], options?: QueryOptions): Promise<TimedOffset[]> {
    return this.#queries.forTimes(queries, options)
  }

  /** Bytes that were fetched and are not processed. At most about `prefetchBytes`. */
  get bufferedBytes(): number {
    return this.#reading.buffer.heldBytes()
  }

  /** Why it waits, in words: a line for the whole, one for each partition. */
  explain(): string {
    const { buffer, fetcher, states } = this.#reading
    const { prefetchBytes, readsCommitted } = this.#settings.fetch
    return explain({
      states,
      fetcher,
      readsCommitted,
      inHand: this.#delivery.inHand,
      buffered: buffer.size,
      heldBytes: buffer.heldBytes(),
      prefetchBytes,
      isAwaited: this.#delivery.isAwaited,
      leaderOf: ({ topic, partition }) => leaderIn(this.#cluster.image, topic, partition)?.nodeId,
      group: undefined,
    })
  }

  /** Ends loops, and closes all connections. Can be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    this.#cancelLag?.()
    this.#delivery.close()
    await this.#reading.close()
    this.#cluster.close()
  }

  async *#iterated<Item>(items: AsyncGenerator<Item, void, void>): AsyncGenerator<Item, void, void> {
    if (this.#isIterated) {
      throw new ClientError('INVALID_ARGUMENT', 'this consumer is being iterated already', {
        help: 'one loop at a time; use run() for several workers',
      })
    }
    this.#isIterated = true
    try {
      yield* items
    } finally {
      this.#isIterated = false
    }
  }

  #resetAll(partitions: readonly TopicPartition[], to: 'earliest' | 'latest'): void {
    for (const partition of partitions) {
      const state = this.#reading.get(partition)
      this.#delivery.forget(state)
      this.#reading.buffer.drop(state)
      state.reset(to)
    }
    this.#reading.fetcher.wake()
  }

  #scheduleLag(): void {
    const { lagIntervalMs } = this.#settings
    if (lagIntervalMs === undefined) return
    this.#cancelLag = this.#cluster.world.clock.after(lagIntervalMs, () => {
      this.events.emit('lag', this.#lags())
      this.#scheduleLag()
    })
  }

  #lags(): PartitionLag[] {
    return this.#reading.states.flatMap(state => {
      const { topic, partition } = state
      const lag = state.lag(this.#settings.fetch.readsCommitted)
      return lag === undefined ? [] : [{ topic, partition, lag }]
    })
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new ClientError('CLOSED', 'the consumer was closed')
  }
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.topic === b.topic && a.partition === b.partition
}

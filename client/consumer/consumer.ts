// A consumer: reads partitions that it was assigned, or that a group shares out, and commits how far it has come. A facade: the
// parts are in the files beside this one (README.md says which does what).

import type { Cancel } from '../../io/clock.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { type Int64, safeNumber } from '../../protocol/wire/int64.ts'
import { ClientError, rootOf } from '../client-error.ts'
import type { ClientWorld } from '../client-world.ts'
import { Cluster } from '../cluster/cluster.ts'
import { type ClusterImage, leaderIn } from '../cluster/cluster-image.ts'
import type { CommittedOffset, GroupMetadata, OffsetCallOptions, OffsetToCommit } from '../group/group-membership.ts'
import { channels } from '../observability/channels.ts'
import { clientWorld } from '../real-client-world.ts'
import { AnswerMemory } from './answer-memory.ts'
import type { ConsumerBatch } from './consumer-batch.ts'
import type { ConsumerEmitter, PartitionLag } from './consumer-events.ts'
import { ConsumerGroup, requiredGroup, subscriptionTo } from './consumer-group.ts'
import { ConsumerNews } from './consumer-news.ts'
import { type ConsumerOptions, type ConsumerSettings, consumerSettings } from './consumer-options.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import { Delivery } from './delivery.ts'
import { explain } from './explain.ts'
import { GroupReader } from './group-reader.ts'
import { batchesOf, recordsOf, type Traced } from './iteration.ts'
import type { OffsetQuery } from './offset-lookup.ts'
import { OffsetQueries, type PartitionOffset, type QueryOptions, type TimedOffset } from './offset-queries.ts'
import type { FetchCommitted } from './position-keeper.ts'
import { Reading } from './reading.ts'
import { ToldEvents } from './told-events.ts'
import { type RunOptions, runSettings } from './workers/run-options.ts'
import { WorkerRun } from './workers/worker-run.ts'

export interface IterationOptions {
  /** Raised: the loop ends with ABORTED. */
  readonly signal?: AbortSignal
}

/** A partition, and where to begin: an offset, or a reset policy; by the committed offset or the consumer's policy when left out. */
export interface Assignment extends TopicPartition {
  readonly offset?: number | 'earliest' | 'latest'
}

export interface CloseOptions {
  /** For finishing what is in hand, the last commit and the goodbye to the group; 30 s. */
  readonly timeoutMs?: number
  /** remain: the group waits for this member until its session is over. A static member remains when left out. */
  readonly membership?: 'leave' | 'remain'
}

/** As Java's. [close(timeout)] */
const closeTimeoutMs = 30_000

export class Consumer implements AsyncIterable<ConsumerBatch> {
  /** See ConsumerEvents for what there is. */
  readonly events: ConsumerEmitter
  readonly #cluster: Cluster
  readonly #settings: ConsumerSettings
  readonly #reading: Reading
  readonly #delivery: Delivery
  readonly #queries: OffsetQueries
  readonly #group: ConsumerGroup | undefined
  readonly #news: ConsumerNews
  readonly #traced: Traced
  /** A loop, or a run, is under way. */
  #isRead = false
  #closing: Promise<void> | undefined
  #cancelLag: Cancel | undefined

  /** Throws INVALID_ARGUMENT. Connects when it is first needed. */
  constructor(options: ConsumerOptions, world: Partial<ClientWorld> = {}) {
    this.#settings = consumerSettings(options)
    const { fetch: settings, apiTimeoutMs } = this.#settings
    const { take, free } = new AnswerMemory()
    this.#cluster = new Cluster(options, clientWorld({ ...world, fetchMemory: take }))
    const cluster = this.#cluster
    const { clientId } = cluster.settings
    const { group } = options
    this.#traced = { who: { clientId, group }, tracing: this.#settings.tracing }
    this.#news = new ConsumerNews({ clientId, group, clock: cluster.world.clock })
    const events = new ToldEvents({ clientId, group, member: () => this.#group?.metadata })
    this.events = events
    const ready = () => this.#delivery.ready()
    const fetchCommitted = this.#settings.membership && this.#committedOf
    this.#reading = new Reading({
      cluster,
      settings,
      events,
      fetchCommitted,
      ready,
      free,
    })
    const working = () => this.#group?.noteWorking()
    const waiting = () => this.#group?.noteWaiting()
    this.#delivery = new Delivery(this.#reading, { working, waiting }, this.#news)
    this.#group = this.#openGroup()
    this.#queries = new OffsetQueries(cluster, settings.readsCommitted, apiTimeoutMs)
    this.#scheduleLag()
    this.#tell(channels.clientOpened)
    if (options.topics !== undefined) this.subscribe(options.topics)
  }

  get clientId(): string {
    return this.#traced.who.clientId
  }

  get group(): string | undefined {
    return this.#traced.who.group
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
    return this.#iterated(batchesOf(this.#delivery, this.#traced, signal))
  }

  /** Record by record, each processed when the next is asked for; otherwise as `batches`. */
  records({ signal }: IterationOptions = {}): AsyncGenerator<ConsumerRecord, void, void> {
    return this.#iterated(recordsOf(this.#delivery, this.#traced, signal))
  }

  /**
   * Calls a handler for each record, several at a time. Resolves when the consumer is closed or the signal raised, rejects with
   * what ended it; handlers under way have ended then. In place of a loop.
   */
  async run(options: RunOptions): Promise<void> {
    const settings = runSettings(options)
    const { delivery, reading, events } = { delivery: this.#delivery, reading: this.#reading, events: this.events }
    const { clock } = this.#cluster.world
    const retryTopics = settings.retry?.topics.map(({ topic }) => topic) ?? []
    if (retryTopics.length > 0) requiredGroup(this.#group, 'retry topics').subscribeAlso(retryTopics)
    const calls = this.#traced
    await this.#alone(() => new WorkerRun({ delivery, reading, events, clock, settings, calls }).run())
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
    if (this.#group?.isSubscribed) {
      throw new ClientError('INVALID_ARGUMENT', 'a consumer that subscribes cannot assign', {
        help: 'unsubscribe first, or use another consumer',
      })
    }
    const isWanted = (each: TopicPartition) => partitions.some(wanted => isSame(wanted, each))
    this.#reading.remove(this.assignment.filter(each => !isWanted(each)))
    this.#reading.add(partitions.filter(each => this.#reading.find(each) === undefined))
    for (const { topic, partition, offset } of partitions) {
      if (offset === undefined) continue
      if (typeof offset === 'number') this.seek({ topic, partition, offset })
      else this.#resetAll([{ topic, partition }], offset)
    }
  }

  /** Reads what the group gives to this member of these topics: names, a pattern, or RE2J's regex for the broker to match. */
  subscribe(topics: string | readonly string[] | RegExp | { readonly regex: string }): void {
    this.#checkOpen()
    const group = requiredGroup(this.#group, 'subscribing')
    if (!group.isSubscribed && this.assignment.length > 0) {
      throw new ClientError('INVALID_ARGUMENT', 'a consumer that assigns cannot subscribe', {
        help: 'assign([]) first, or use another consumer',
      })
    }
    group.subscribe(subscriptionTo(topics))
  }

  /** Gives up all partitions and leaves the group; see `close` for the time it takes. */
  async unsubscribe(options: CloseOptions = {}): Promise<void> {
    await this.#group?.leave({ reason: 'the consumer unsubscribed', ...options })
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

  // Commits

  /**
   * Commits these offsets (each the next one to read), or, when none are given, how far all partitions are processed. Not
   * awaited it goes on by itself; commits are sent in the order of the calls. Rejects as GroupOffsets.commit.
   */
  async commit(offsets?: readonly OffsetToCommit[], options?: OffsetCallOptions): Promise<void> {
    await requiredGroup(this.#group, 'committing').commit(offsets, options)
  }

  /** As `commit()`; a failure is told as the event `commitFailed`, and what failed goes with the next commit. */
  commitSoon(): void {
    requiredGroup(this.#group, 'committing').committer.commitSoon()
  }

  /** What the group has committed; partitions without are missing. */
  async committed(partitions = this.assignment, options?: OffsetCallOptions): Promise<readonly CommittedOffset[]> {
    return requiredGroup(this.#group, 'asking for committed offsets').fetchCommitted(partitions, options)
  }

  /** For a transactional producer's sendOffsets (KIP-447). */
  get groupMetadata(): GroupMetadata {
    return requiredGroup(this.#group, 'metadata of the group').metadata
  }

  /** The members are given partitions anew (classic groups; KIP-568). */
  enforceRebalance(reason = 'the application asked for it'): void {
    requiredGroup(this.#group, 'a rebalance').enforceRebalance(reason)
  }

  /** Bytes that were fetched and are not processed. At most about `prefetchBytes`. */
  get bufferedBytes(): number {
    return this.#reading.buffer.heldBytes()
  }

  /** Why it waits, in words: a line for the whole, one for each partition. */
  explain(): string {
    const { buffer, fetcher, states } = this.#reading
    const { prefetchBytes, readsCommitted } = this.#settings.fetch
    const { image, trouble } = this.#cluster
    return explain({
      states,
      readsCommitted,
      isClosed: this.#closing !== undefined,
      inHand: this.#delivery.inHand,
      buffered: buffer.size,
      heldBytes: buffer.heldBytes(),
      prefetchBytes,
      isAwaited: this.#delivery.isAwaited,
      leaderOf: ({ topic, partition }) => leaderIn(image, topic, partition)?.nodeId,
      troubleOf: nodeId => fetcher.troubleOf(nodeId),
      nameOf: nodeId => nameOf(nodeId, image),
      clusterTrouble: trouble && rootOf(trouble).message,
      group: this.#group?.explain(),
      subscription: this.#group?.subscription,
      topics: image.topics,
    })
  }

  /**
   * Ends loops, commits what is processed (autoCommit), leaves the group, closes all connections. Waits until what is in hand has
   * been processed: until the loop asks for more, or is left. So inside the loop: `break`, and close after it. Never rejects.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options)
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close({ timeoutMs = closeTimeoutMs, ...options }: CloseOptions): Promise<void> {
    this.#cancelLag?.()
    this.#delivery.close()
    const over = new AbortController()
    const cancel = this.#cluster.world.clock.after(timeoutMs, () => over.abort())
    if (this.#group?.isSubscribed) await this.#group.leave({ timeoutMs, ...options })
    else await this.#commitLast(over.signal)
    cancel()
    this.#group?.committer.close()
    await this.#reading.close()
    this.#cluster.close()
    this.#tell(channels.clientClosed)
  }

  #tell(channel: typeof channels.clientOpened): void {
    if (!channel.hasSubscribers) return
    channel.publish({ kind: 'consumer', clientId: this.clientId, client: this, group: this.group })
  }

  async #commitLast(signal: AbortSignal): Promise<void> {
    const committer = this.#settings.autoCommit ? this.#group?.committer : undefined
    if (committer === undefined) return
    await this.#delivery.drained(this.#reading.states, signal)
    await committer.commitProcessed(undefined, { signal }).catch(error => this.events.emit('commitFailed', error))
  }

  readonly #committedOf: FetchCommitted = (partitions, options) => this.#group!.fetchCommitted(partitions, options)

  #openGroup(): ConsumerGroup | undefined {
    const { membership, autoCommit, autoCommitIntervalMs, commitMetadata } = this.#settings
    if (membership === undefined) return undefined
    const { events } = this
    const committer = () => this.#group?.committer
    const listener = new GroupReader({
      reading: this.#reading,
      delivery: this.#delivery,
      events,
      committer,
      autoCommit,
    })
    return new ConsumerGroup({
      cluster: this.#cluster,
      membership,
      listener,
      events,
      news: this.#news,
      states: () => this.#reading.states,
      autoCommitIntervalMs: autoCommit ? autoCommitIntervalMs : undefined,
      commitMetadata,
    })
  }

  async *#iterated<Item>(items: AsyncGenerator<Item, void, void>): AsyncGenerator<Item, void, void> {
    this.#beginReading()
    try {
      yield* items
    } finally {
      this.#isRead = false
    }
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    this.#beginReading()
    try {
      await work()
    } finally {
      this.#isRead = false
    }
  }

  #beginReading(): void {
    if (this.#isRead) {
      throw new ClientError('INVALID_ARGUMENT', 'this consumer is being read already', {
        help: 'one loop or run() at a time; run() has several workers',
      })
    }
    this.#isRead = true
  }

  #resetAll(partitions: readonly TopicPartition[], to: 'earliest' | 'latest'): void {
    for (const partition of partitions) {
      const state = this.#reading.get(partition)
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

function nameOf(nodeId: number, { brokers }: ClusterImage): string {
  const node = brokers.get(nodeId)
  return node === undefined ? String(nodeId) : `${nodeId} (${node.host}:${node.port})`
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.topic === b.topic && a.partition === b.partition
}

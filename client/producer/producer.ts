// Writes records to topics of a Kafka cluster. See README.md for how records travel through the files of this folder.
//
//   await using producer = new Producer({ bootstrap: '127.0.0.1:9092' })
//   await producer.send('orders', { key: 'a', value: '{"total": 5}' })

import { brokerError, ClientError, isRetriable } from '../client-error.ts'
import type { ClientWorld } from '../client-world.ts'
import { Cluster } from '../cluster/cluster.ts'
import type { ClusterImage } from '../cluster/cluster-image.ts'
import { channels } from '../observability/channels.ts'
import { clientWorld } from '../real-client-world.ts'
import { aborted, orAborted } from '../resilience/wait.ts'
import { whenAborted } from '../resilience/when-aborted.ts'
import { Accumulator } from './accumulator.ts'
import { BatchSend, type BatchSendResult } from './batch-send.ts'
import { DelaySet } from './delay-set.ts'
import type { RecordMetadata, Reject, Resolve } from './deliveries.ts'
import { IdempotentGate } from './idempotent-gate.ts'
import type { Gate, PartitionQueue } from './partition-queue.ts'
import type { ProducerBatch } from './producer-batch.ts'
import { type ProducerOptions, type ProducerSettings, producerSettings } from './producer-options.ts'
import { type RecordFeed, type RecordSource, recordFeed } from './record-source.ts'
import { Sender } from './sender.ts'
import { type ProducerRecord, TopicQueue } from './topic-queue.ts'
import { tracedBatch, tracedSend } from './traced-sends.ts'
import { Transaction } from './transaction.ts'
import { TransactionCoordinator } from './transaction-coordinator.ts'
import { Transactions } from './transactions.ts'
import type { WaitingSend } from './waiting-sends.ts'

export interface SendOptions {
  /** Gives up waiting for memory or for what the cluster says of the topic. A record that is in a batch is sent all the same. */
  readonly signal?: AbortSignal | undefined
}

export interface CloseOptions {
  /** How long what is under way may take; for ever when left out. */
  readonly timeoutMs?: number
}

/** A call that waits, and since when. */
interface Waiting extends WaitingSend {
  readonly topic: TopicQueue
  readonly sinceMs: number
}

export class Producer implements AsyncDisposable {
  readonly #settings: ProducerSettings
  readonly #cluster: Cluster
  readonly #accumulator: Accumulator
  readonly #sender: Sender
  readonly #transactions: Transactions | undefined
  readonly #topics = new Map<string, TopicQueue>()
  /** Calls that wait for memory or metadata, for maxBlockMs at most. */
  readonly #waiting: DelaySet<Waiting>
  readonly #wantsRoom = new Set<() => void>()
  #proceedsSoon = false
  #isClosed = false

  /** Throws INVALID_ARGUMENT. Connects when it is first needed. */
  constructor(options: ProducerOptions, world: Partial<ClientWorld> = {}) {
    this.#settings = producerSettings(options)
    this.#cluster = new Cluster(options, clientWorld(world))
    const { clock } = this.#cluster.world
    this.#cluster.topics.mayCreate = this.#settings.allowTopicCreation
    this.#waiting = new DelaySet(clock, this.#settings.maxBlockMs, waiting => this.#onWaitedTooLong(waiting))
    this.#accumulator = new Accumulator(this.#settings, clock, {
      ready: queue => this.#sender.ready(queue),
      opened: queue => this.#transactions?.onOpened(queue),
      expired: batch => this.#sender.expire(batch),
      freed: () => this.#proceedSoon(),
    })
    this.#transactions = this.#transactionsOf(this.#settings)
    this.#sender = new Sender({
      cluster: this.#cluster,
      settings: this.#settings,
      accumulator: this.#accumulator,
      gate: this.#transactions ?? this.#gate(),
      topic: name => this.#topics.get(name)!,
      produceSettings: () => ({
        acks: this.#settings.acks,
        timeoutMs: this.#cluster.settings.requestTimeoutMs,
        transactionalId: this.#settings.transactionalId,
        joinsByProducing: this.#transactions?.isVersion2 ?? true,
      }),
      onFailed: error => this.#transactions?.onBatchFailed(error),
    })
    this.#cluster.onImage(image => this.#onImage(image))
    this.#tell(channels.clientOpened)
  }

  get clientId(): string {
    return this.#cluster.settings.clientId
  }

  /** Records that are not acknowledged yet take so many bytes, of `bufferMemoryBytes`. */
  get bufferedBytes(): number {
    return this.#accumulator.memory.usedBytes
  }

  /**
   * Sends a record, and answers where it is once it is acknowledged. Records of one partition are stored in the order of the
   * calls. Rejects with what keeps it from being sent or stored: DEADLINE_EXCEEDED (of maxBlockMs or deliveryTimeoutMs),
   * MESSAGE_TOO_LARGE, BUFFER_FULL, INVALID_ARGUMENT, CLOSED, ABORTED, or the broker's error.
   */
  send(topic: string, record: ProducerRecord, options: SendOptions = {}): Promise<RecordMetadata> {
    return this.#transactions === undefined ? this.#send(topic, record, options) : Promise.reject(noTransaction())
  }

  #send(topic: string, record: ProducerRecord, options: SendOptions = {}): Promise<RecordMetadata> {
    const { tracing } = this.#settings
    if (tracing === undefined) return this.#sendRecord(topic, record, options)
    const call = { clientId: this.clientId, topic }
    return tracedSend(tracing, call, record, traced => this.#sendRecord(topic, traced, options))
  }

  #sendRecord(topic: string, record: ProducerRecord, options: SendOptions): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      const queue = this.#topic(topic)
      if (queue.waiting.length === 0 && this.#append(queue, record, resolve, reject)) return
      this.#wait(queue, options.signal, { proceed: () => this.#append(queue, record, resolve, reject), fail: reject })
    })
  }

  /**
   * Sends many records with one promise, in the order in which they come; nothing is allocated for a record. `records` may be
   * an array, anything iterable, or an encoder that fills in one record after the other. Rejects like `send`, with the first
   * error, once all of them are acknowledged or given up; some may have been stored then.
   */
  sendBatch(topic: string, records: RecordSource, options: SendOptions = {}): Promise<BatchSendResult> {
    return this.#transactions === undefined ? this.#sendBatch(topic, records, options) : Promise.reject(noTransaction())
  }

  /**
   * Begins a transaction; the producer needs a `transactionalId`. Whoever had that before is fenced with the first one. Ends with
   * `commit` or `abort`, or, declared with `await using`, with an abort when neither was called. Rejects with a
   * TransactionError, DEADLINE_EXCEEDED (of maxBlockMs), or INVALID_TXN_STATE when the last one has not ended.
   */
  async begin(): Promise<Transaction> {
    if (this.#isClosed) throw new ClientError('CLOSED', 'the producer was closed')
    const transactions = this.#transactions
    if (transactions === undefined) {
      const help = 'give the producer a transactionalId'
      throw new ClientError('INVALID_ARGUMENT', 'the producer has no transactions', { help })
    }
    await this.#inTime(transactions.begin(), 'begin a transaction')
    transactions.claim()
    return new Transaction({
      transactions,
      send: (topic, record, options) => this.#send(topic, record, options),
      sendBatch: (topic, records, options) => this.#sendBatch(topic, records, options),
      within: (work, what) => this.#inTime(work, what),
    })
  }

  #sendBatch(topic: string, records: RecordSource, options: SendOptions = {}): Promise<BatchSendResult> {
    const { tracing } = this.#settings
    if (tracing === undefined) return this.#sendAll(topic, () => recordFeed(records), options)
    const call = { clientId: this.clientId, topic }
    return tracedBatch(
      tracing,
      call,
      () => recordFeed(records),
      traced => this.#sendAll(topic, traced, options),
    )
  }

  #sendAll(topic: string, open: () => RecordFeed, options: SendOptions): Promise<BatchSendResult> {
    return new Promise((resolve, reject) => {
      const queue = this.#topic(topic)
      const feed = open()
      const send = new BatchSend(topic, resolve, reject)
      const proceed = () => this.#appendAll(queue, feed, send)
      if (queue.waiting.length === 0 && proceed()) return
      this.#wait(queue, options.signal, { proceed, fail: error => send.complete(error) })
    })
  }

  /** Sends what there is without waiting for more, and resolves when all that was sent before is acknowledged or given up. */
  async flush(): Promise<void> {
    const waited = [...this.#topics.values()].map(({ waiting }) => {
      if (waiting.length === 0) return undefined
      return new Promise<void>(resolve => {
        const done = () => {
          resolve()
          return true
        }
        waiting.push({ proceed: done, fail: done })
      })
    })
    await Promise.all(waited)
    await this.#accumulator.flush()
  }

  /**
   * Resolves when there is memory for more: awaiting it now and then keeps a loop of `send` from filling up the buffer. Rejects with
   * ABORTED when the signal is raised before.
   */
  async room({ signal }: SendOptions = {}): Promise<void> {
    if (signal?.aborted) throw aborted(signal)
    if (this.#isClosed || (this.#accumulator.hasRoom && this.#waiting.size === 0)) return
    this.#accumulator.wantRoom()
    let resolve = () => {}
    const promise = new Promise<void>(done => {
      resolve = done
    })
    this.#wantsRoom.add(resolve)
    await orAborted(promise, signal).finally(() => this.#wantsRoom.delete(resolve))
  }

  /** Sends what there is, waits for its acknowledgements, and lets go of everything. What is not done in time is told CLOSED. */
  async close(options: CloseOptions = {}): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#within(options.timeoutMs, this.#finish())
    const error = new ClientError('CLOSED', 'the producer was closed before this was acknowledged', {
      help: 'whether it was written is not known; give close() more time',
    })
    this.#drop(error, () => true)
    this.#sender.close()
    this.#accumulator.close()
    this.#waiting.clear()
    this.#letRoom()
    this.#cluster.close()
    this.#tell(channels.clientClosed)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #tell(channel: typeof channels.clientOpened): void {
    if (!channel.hasSubscribers) return
    channel.publish({ kind: 'producer', clientId: this.clientId, client: this })
  }

  async #finish(): Promise<void> {
    // Nobody can commit it any more.
    if (this.#transactions?.isOpen) await this.#transactions.end(false).catch(() => {})
    await this.flush()
  }

  #transactionsOf({ transactionalId, transactionTimeoutMs, maxInFlightRequests }: ProducerSettings) {
    if (transactionalId === null) return undefined
    const coordinator = new TransactionCoordinator(this.#cluster, transactionalId, transactionTimeoutMs)
    const host = {
      ready: (queue: PartitionQueue) => this.#sender.ready(queue),
      flush: () => this.flush(),
      dropUnsent: (error: Error) => this.#dropUnsent(error),
      dropAll: (error: Error) => this.#drop(error, () => true),
    }
    return new Transactions(coordinator, transactionalId, { underWayMax: maxInFlightRequests, host })
  }

  #dropUnsent(error: Error): void {
    this.#drop(error, ({ attempts }) => attempts === 0)
  }

  #drop(error: Error, isDropped: (batch: ProducerBatch) => boolean): void {
    for (const { waiting } of this.#topics.values()) for (const send of waiting.takeAll()) send.fail(error)
    for (const batch of this.#accumulator.batches()) if (isDropped(batch)) this.#sender.giveUp(batch, error)
  }

  async #inTime<Result>(work: Promise<Result>, what: string): Promise<Result> {
    const { maxBlockMs } = this.#settings
    let cancel = () => {}
    const late = new Promise<never>((_resolve, reject) => {
      cancel = this.#cluster.world.clock.after(maxBlockMs, () => {
        const message = `could not ${what} within ${maxBlockMs} ms`
        reject(new ClientError('DEADLINE_EXCEEDED', message, { help: 'call it again to wait on; or raise maxBlockMs' }))
      })
    })
    try {
      return await Promise.race([work, late])
    } finally {
      cancel()
    }
  }

  #gate(): Gate {
    return new IdempotentGate(this.#cluster, this.#settings, {
      onIdentity: () => this.#wakeAll(),
      onNoIdentity: error => this.#dropUnsent(error),
    })
  }

  #wakeAll(): void {
    for (const { partitions } of this.#topics.values()) for (const queue of partitions) this.#sender.ready(queue)
  }

  async #within(timeoutMs: number | undefined, work: Promise<void>): Promise<void> {
    if (timeoutMs === undefined) return work
    let cancel = () => {}
    const over = new Promise<void>(resolve => {
      cancel = this.#cluster.world.clock.after(timeoutMs, resolve)
    })
    await Promise.race([work, over])
    cancel()
  }

  #topic(name: string): TopicQueue {
    if (this.#isClosed) throw new ClientError('CLOSED', 'the producer was closed')
    let topic = this.#topics.get(name)
    if (topic !== undefined) return topic
    if (typeof name !== 'string' || name === '') {
      throw new ClientError('INVALID_ARGUMENT', `${name} is not a topic`, { help: 'give the name of a topic' })
    }
    const isAvailable = (topicName: string, partition: number) => this.#sender.isAvailable(topicName, partition)
    topic = new TopicQueue(name, this.#settings, this.#cluster.world.random, isAvailable)
    this.#topics.set(name, topic)
    this.#cluster.topics.add(name)
    void this.#find(topic)
    return topic
  }

  /** Until the cluster says which partitions the topic has, or nobody waits for that any more. */
  async #find(topic: TopicQueue): Promise<void> {
    const { name } = topic
    const { maxBlockMs } = this.#settings
    for (;;) {
      try {
        const what = `find the partitions of ${name}`
        const count = await this.#cluster.until(image => partitionsIn(image, name), { what, timeoutMs: maxBlockMs })
        topic.growTo(count)
        this.#proceed(topic)
        return
      } catch (error) {
        this.#failLongest(topic, error as Error)
        if (topic.waiting.length > 0) continue
        // It may be a name that nobody meant: it is not asked for for ever.
        this.#topics.delete(name)
        this.#cluster.topics.remove(name)
        return
      }
    }
  }

  /** Those that came while it was being looked for have time left, unless it is of no use. */
  #failLongest({ waiting }: TopicQueue, error: Error): void {
    const { clock } = this.#cluster.world
    const latestMs = clock.monotonicMs() - this.#settings.maxBlockMs + this.#cluster.settings.retryBackoffMaxMs
    for (const send of waiting.takeAll()) {
      const { sinceMs } = send as Waiting
      if (isRetriable(error) && !this.#isClosed && sinceMs > latestMs) waiting.push(send)
      else send.fail(error)
    }
  }

  #onImage({ topics }: ClusterImage): void {
    for (const topic of this.#topics.values()) {
      if (topic.isKnown) topic.growTo(topics.get(topic.name)?.partitions.length ?? 0)
    }
  }

  /** False: it has to wait. */
  #append(topic: TopicQueue, record: ProducerRecord, resolve: Resolve, reject: Reject): boolean {
    if (!topic.isKnown) return false
    try {
      const timestamp = record.timestamp ?? this.#cluster.world.clock.now()
      const batch = this.#accumulator.append(topic, record, timestamp)
      batch?.deliveries.addRecord(batch.count - 1, timestamp, resolve, reject)
      return batch !== undefined
    } catch (error) {
      reject(this.#noted(error))
      return true
    }
  }

  #appendAll(topic: TopicQueue, feed: RecordFeed, send: BatchSend): boolean {
    if (!topic.isKnown) return false
    try {
      const nowMs = this.#cluster.world.clock.now()
      for (let record = feed.current(); record !== undefined; record = feed.current()) {
        const batch = this.#accumulator.append(topic, record, record.timestamp ?? nowMs)
        if (batch === undefined) return false
        batch.deliveries.addToRun(send, batch.count - 1)
        feed.advance()
      }
      send.complete()
    } catch (error) {
      send.complete(this.#noted(error))
    }
    return true
  }

  /** A partition that is not there may have been added just now. */
  #noted(error: unknown): Error {
    if (error instanceof ClientError && error.code === 'INVALID_ARGUMENT') this.#cluster.imageIsWrong()
    return error as Error
  }

  #wait(topic: TopicQueue, signal: AbortSignal | undefined, send: WaitingSend): void {
    const { waitingSendsMax } = this.#settings
    if (this.#waiting.size >= waitingSendsMax) {
      const message = `${waitingSendsMax} sends wait already for memory, or for what the cluster says of a topic`
      send.fail(new ClientError('BUFFER_FULL', message, { topic: topic.name }))
      return
    }
    const onAbort = () => {
      topic.waiting.remove(waiting)
      waiting.fail(new ClientError('ABORTED', 'the call was aborted', { topic: topic.name, cause: signal!.reason }))
    }
    let forget = () => {}
    const end = () => {
      this.#waiting.delete(waiting)
      forget()
      // The last one may have been given up: then nothing is under way whose memory would be told of.
      if (this.#waiting.size === 0 && this.#wantsRoom.size > 0) this.#proceedSoon()
    }
    const waiting: Waiting = {
      topic,
      sinceMs: this.#cluster.world.clock.monotonicMs(),
      proceed: () => {
        const isDone = send.proceed()
        if (isDone) end()
        return isDone
      },
      fail: error => {
        end()
        send.fail(error)
      },
    }
    topic.waiting.push(waiting)
    this.#waiting.add(waiting)
    if (signal?.aborted) onAbort()
    else if (signal !== undefined) forget = whenAborted(signal, onAbort)
  }

  #onWaitedTooLong(waiting: Waiting): void {
    const { topic } = waiting
    topic.waiting.remove(waiting)
    const { maxBlockMs, bufferMemoryBytes } = this.#settings
    const why = topic.isKnown
      ? `no memory: ${this.bufferedBytes} of ${bufferMemoryBytes} bytes are not acknowledged yet`
      : 'the cluster does not say which partitions there are'
    const message = `could not be sent within ${maxBlockMs} ms, ${why}`
    waiting.fail(new ClientError('DEADLINE_EXCEEDED', message, { topic: topic.name, help: waitHelp }))
  }

  #proceedSoon(): void {
    if (this.#proceedsSoon) return
    this.#proceedsSoon = true
    this.#cluster.world.clock.soon(() => {
      this.#proceedsSoon = false
      for (const topic of this.#topics.values()) if (!this.#proceed(topic)) return
      this.#letRoom()
    })
  }

  /** False: there is not enough memory for all. */
  #proceed(topic: TopicQueue): boolean {
    return !topic.isKnown || topic.waiting.proceed()
  }

  #letRoom(): void {
    for (const resolve of this.#wantsRoom) resolve()
    this.#wantsRoom.clear()
  }
}

function noTransaction(): ClientError {
  return new ClientError('INVALID_TXN_STATE', 'a transactional producer sends in transactions only', {
    help: 'await producer.begin(), and send with what it answers',
  })
}

const waitHelp =
  'check that the brokers can be reached and the topic exists; raise bufferMemoryBytes or maxBlockMs, or send more slowly'

/** Undefined: not said yet. Throws what keeps the topic from being used. */
function partitionsIn({ topics }: ClusterImage, name: string): number | undefined {
  const topic = topics.get(name)
  if (topic === undefined) return undefined
  if (topic.errorCode !== 0) throw brokerError(topic.errorCode, { topic: name })
  return topic.partitions.length || undefined
}

// Records become batches here: appended to the open batch of their partition, closed when it is full or has waited long enough,
// held until they are acknowledged or given up. Synchronous, but for the two clocks of a batch: linger and delivery timeout.
// Full: `append` answers undefined when there is no memory, everything there is becomes due, and the caller waits.
// Source: org.apache.kafka.clients.producer.internals.RecordAccumulator, Kafka 4.3.0.

import type { Clock } from '../../io/clock.ts'
import { recordBatchOverhead } from '../../protocol/records/batch-header.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { ClientError } from '../client-error.ts'
import { BatchMemory } from './batch-memory.ts'
import { type RecordBytes, type RecordHeaderInput, recordBytesBound } from './batch-writer.ts'
import { DelaySet } from './delay-set.ts'
import type { Acknowledged } from './deliveries.ts'
import type { PartitionQueue } from './partition-queue.ts'
import { type Compression, ProducerBatch } from './producer-batch.ts'
import type { ProducerSettings } from './producer-options.ts'
import type { ProducerRecord, TopicQueue } from './topic-queue.ts'

export interface AccumulatorEvents {
  /** The partition may have something to send. */
  ready(queue: PartitionQueue): void
  /** The first record of a batch was appended. */
  opened(queue: PartitionQueue): void
  /** The batch was not acknowledged within the delivery timeout: it is the listener's to give it up. */
  expired(batch: ProducerBatch): void
  /** There is memory again for who waits. */
  freed(): void
}

interface Flush {
  readonly batches: Set<ProducerBatch>
  readonly resolve: () => void
}

const noHeaders: readonly RecordHeaderInput[] = []

export class Accumulator {
  readonly memory: BatchMemory
  readonly #settings: ProducerSettings
  readonly #compression: Compression
  readonly #events: AccumulatorEvents
  /** Open batches that wait for more records. */
  readonly #lingering: DelaySet<ProducerBatch>
  /** All that are neither acknowledged nor given up. */
  readonly #incomplete: DelaySet<ProducerBatch>
  readonly #flushes = new Set<Flush>()
  #lacksMemory = false

  constructor(settings: ProducerSettings, clock: Clock, events: AccumulatorEvents) {
    this.#settings = settings
    this.#events = events
    this.memory = new BatchMemory(settings.bufferMemoryBytes)
    this.#compression = { type: settings.compression, level: settings.compressionLevel }
    this.#lingering = new DelaySet(clock, settings.lingerMs, ({ queue }) => this.#due(queue))
    this.#incomplete = new DelaySet(clock, settings.deliveryTimeoutMs, batch => this.#events.expired(batch))
  }

  /** Batches that are neither acknowledged nor given up. */
  get incomplete(): number {
    return this.#incomplete.size
  }

  /** When the batch got its first record, by the monotonic clock; undefined when it is done. */
  openedMs(batch: ProducerBatch): number | undefined {
    return this.#incomplete.addedMs(batch)
  }

  /** Whether a batch more can be had. */
  get hasRoom(): boolean {
    return this.memory.usedBytes + this.#settings.batchBytes <= this.memory.bytesMax
  }

  /** Somebody waits for room: `freed` is called when there is some. */
  wantRoom(): void {
    this.#lacksMemory = true
    this.makeDue()
  }

  /**
   * Appends a record and answers its batch, in which it is the last one; undefined when there is no memory for it now.
   * Throws INVALID_ARGUMENT, and MESSAGE_TOO_LARGE of a record that no request may carry.
   */
  append(topic: TopicQueue, record: ProducerRecord, timestamp: Int64): ProducerBatch | undefined {
    const queue = topic.queueFor(record)
    const { headers = noHeaders } = record
    const listed = Array.isArray(headers) ? (headers as readonly RecordHeaderInput[]) : headersFrom(headers as Named)
    if (queue !== undefined) return this.#appendTo(queue, topic, record, timestamp, listed)
    return this.#appendSticky(topic, record, timestamp, listed)
  }

  /** The open batch takes no more records. */
  seal(queue: PartitionQueue, topic: TopicQueue): void {
    const batch = queue.seal()
    if (batch === undefined) return
    this.#lingering.delete(batch)
    batch.close(this.#compression)
    if (this.#compression.type === 'none') return
    topic.ratio.observe(batch.compressionRatio)
    this.#freed()
  }

  acknowledge(batch: ProducerBatch, where: Acknowledged): void {
    batch.isDone = true
    batch.deliveries.succeed(where)
    this.#end(batch)
  }

  /** `errorOf` is asked for each record by its index, and for -1, which is the batch. */
  fail(batch: ProducerBatch, errorOf: (index: number) => Error): void {
    batch.isDone = true
    this.#lingering.delete(batch)
    batch.deliveries.fail(errorOf)
    this.#end(batch)
  }

  /** Two batches in the place of one. */
  split(batch: ProducerBatch, topic: TopicQueue): [ProducerBatch, ProducerBatch] {
    topic.ratio.onSplit(batch.compressionRatio)
    const parts = batch.split(this.#compression)
    this.#incomplete.replace(batch, parts)
    for (const { batches } of this.#flushes) if (batches.delete(batch)) for (const part of parts) batches.add(part)
    return parts
  }

  /** Nothing waits for more records. Resolves when all that is here now is acknowledged or given up. */
  flush(): Promise<void> {
    this.makeDue()
    const batches = new Set(this.#incomplete.items())
    if (batches.size === 0) return Promise.resolve()
    return new Promise(resolve => this.#flushes.add({ batches, resolve }))
  }

  /** Open batches wait no longer. */
  makeDue(): void {
    for (const batch of this.#lingering.items()) {
      this.#lingering.delete(batch)
      this.#due(batch.queue)
    }
  }

  /** All that are neither acknowledged nor given up, the oldest first. */
  batches(): ProducerBatch[] {
    return this.#incomplete.items()
  }

  /** No clock runs any more. */
  close(): void {
    this.#lingering.clear()
    this.#incomplete.clear()
  }

  #appendTo(
    queue: PartitionQueue,
    topic: TopicQueue,
    { key, value }: ProducerRecord,
    timestamp: Int64,
    headers: readonly RecordHeaderInput[],
  ): ProducerBatch | undefined {
    const { open } = queue
    if (open !== undefined) {
      if (open.writer.tryAppend(key, value, timestamp, headers)) return open
      this.#full(queue, topic)
    }
    const batch = this.#open(queue, topic, recordBytesBound(key, value, headers))
    batch?.writer.tryAppend(key, value, timestamp, headers)
    return batch
  }

  #appendSticky(
    topic: TopicQueue,
    record: ProducerRecord,
    timestamp: Int64,
    headers: readonly RecordHeaderInput[],
  ): ProducerBatch | undefined {
    const queue = topic.stickyQueue
    const { open } = queue
    const bytesBefore = open === undefined ? 0 : open.writer.bytes
    if (open?.writer.tryAppend(record.key, record.value, timestamp, headers)) {
      topic.onStickyAppended(open.writer.bytes - bytesBefore)
      return open
    }
    if (open !== undefined) {
      this.#full(queue, topic)
      topic.onStickyFull()
    }
    const target = topic.stickyQueue
    const targetBytesBefore = target.open === undefined ? 0 : target.open.writer.bytes
    const batch = this.#appendTo(target, topic, record, timestamp, headers)
    if (batch !== undefined) topic.onStickyAppended(Math.max(0, batch.writer.bytes - targetBytesBefore))
    return batch
  }

  #full(queue: PartitionQueue, topic: TopicQueue): void {
    this.seal(queue, topic)
    this.#events.ready(queue)
  }

  #open(queue: PartitionQueue, topic: TopicQueue, recordBound: number): ProducerBatch | undefined {
    const { batchBytes, compression, maxRequestBytes } = this.#settings
    const { bytesMax } = this.memory
    const needed = recordBatchOverhead + recordBound
    if (needed > maxRequestBytes || needed > bytesMax)
      throw tooLarge(queue, needed, Math.min(maxRequestBytes, bytesMax))
    const standard = compression === 'none' ? batchBytes : Math.min(topic.ratio.bytesFor(batchBytes), bytesMax)
    const memory = this.memory.take(Math.max(standard, needed))
    if (memory === undefined) {
      this.#lacksMemory = true
      this.makeDue()
      return undefined
    }
    const batch = new ProducerBatch(queue, memory, this.memory)
    queue.open = batch
    this.#incomplete.add(batch)
    if (this.#settings.lingerMs > 0 && !this.#lacksMemory) this.#lingering.add(batch)
    else this.#due(queue)
    this.#events.opened(queue)
    return batch
  }

  #due(queue: PartitionQueue): void {
    if (queue.open === undefined) return
    queue.isDue = true
    this.#events.ready(queue)
  }

  #end(batch: ProducerBatch): void {
    this.#incomplete.delete(batch)
    batch.release()
    for (const flush of this.#flushes) {
      flush.batches.delete(batch)
      if (flush.batches.size > 0) continue
      this.#flushes.delete(flush)
      flush.resolve()
    }
    this.#freed()
  }

  #freed(): void {
    if (!this.#lacksMemory) return
    this.#lacksMemory = false
    this.#events.freed()
  }
}

type Named = Readonly<Record<string, RecordBytes>>

function headersFrom(headers: Named): RecordHeaderInput[] {
  return Object.entries(headers).map(([key, value]) => ({ key, value }))
}

function tooLarge({ topic, partition }: PartitionQueue, bytes: number, bytesMax: number): ClientError {
  return new ClientError('MESSAGE_TOO_LARGE', `a record takes ${bytes} bytes, more than ${bytesMax}`, {
    topic,
    partition,
    help: 'send less in one record, or raise maxRequestBytes, bufferMemoryBytes and max.message.bytes of the topic',
  })
}

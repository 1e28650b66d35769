// A batch of one partition, from its first record to its answer. Its header is written when it is sent and at no other time: what
// an earlier request may still be sending does not change under its hands.

import { noSequence, recordBatchOverhead, writeBatchHeader } from '../../protocol/records/batch-header.ts'
import { compress } from '../../protocol/records/compression.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'
import { records } from '../../protocol/records/records.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { ProducerBatchMessage } from '../observability/messages.ts'
import type { BatchMemory } from './batch-memory.ts'
import { BatchWriter } from './batch-writer.ts'
import { Deliveries } from './deliveries.ts'
import type { PartitionQueue } from './partition-queue.ts'
import { isSameIdentity, noIdentity, type ProducerIdentity } from './producer-identity.ts'
import type { Sequenced } from './sequences.ts'

export interface Compression {
  readonly type: CompressionType
  /** The codec's own when left out. */
  readonly level: number | undefined
}

/** The numbers and the kind of batch that the header says. */
interface Stamp {
  readonly identity: ProducerIdentity
  readonly baseSequence: number
  readonly isTransactional: boolean
}

export class ProducerBatch implements Sequenced {
  readonly queue: PartitionQueue
  readonly deliveries: Deliveries
  identity: ProducerIdentity = noIdentity
  baseSequence = noSequence
  /** Its place in the queue; of the halves of a split batch the second lies between the first and what followed. */
  rank: number
  /** Requests that carried it. */
  attempts = 0
  /** Of answers and lost connections: for the backoff. */
  failures = 0
  /** Not sent before, by the monotonic clock. */
  retryAtMs = Number.NEGATIVE_INFINITY
  /** Of the leader it was last sent to. */
  leaderEpoch = -1
  /** Why it has to be sent again. */
  lastError: Error | undefined
  /** A request that carries it is under way. */
  isUnderWay = false
  /** Acknowledged, or given up. */
  isDone = false
  /** What was told of its last attempt, to somebody who listens. */
  told: ProducerBatchMessage | undefined
  readonly #pool: BatchMemory
  #writer: BatchWriter
  #isOpen = true
  /** No other batch has a rank from here up to so much above. */
  #rankRoom = 1
  /** What is sent, once it is closed: a header and the records. */
  #bytes: Buffer
  #compression: CompressionType = 'none'
  #stamped: Stamp | undefined

  constructor(queue: PartitionQueue, memory: Buffer, pool: BatchMemory, deliveries = new Deliveries()) {
    this.queue = queue
    this.rank = queue.nextRank()
    this.deliveries = deliveries
    this.#pool = pool
    this.#writer = new BatchWriter(memory)
    this.#bytes = memory
  }

  /** While it is open. */
  get writer(): BatchWriter {
    return this.#writer
  }
  get count(): number {
    return this.#writer.count
  }
  get isOpen(): boolean {
    return this.#isOpen
  }
  /** What it takes in a request, once it is closed; before, what its records take. */
  get sizeInBytes(): number {
    return this.#isOpen ? this.#writer.bytes : this.#bytes.length
  }
  /** Bytes of its records, compressed, for each byte of them. */
  get compressionRatio(): number {
    return (this.#bytes.length - recordBatchOverhead) / (this.#writer.bytes - recordBatchOverhead)
  }

  /** No more records: they are compressed, and the memory they were written into is free again. */
  close(compression: Compression): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    const { memory, bytes } = this.#writer
    this.#bytes = memory.subarray(0, bytes)
    if (compression.type === 'none') return
    const payload = compress(compression.type, memory.subarray(recordBatchOverhead, bytes), compression.level)
    const compressed = Buffer.allocUnsafeSlow(recordBatchOverhead + payload.length)
    payload.copy(compressed, recordBatchOverhead)
    this.#compression = compression.type
    this.#bytes = compressed
    this.#pool.give(memory)
    this.#pool.count(compressed.length)
  }

  /** The bytes to be sent, with its numbers in the header. Only while no request that carries it is under way. */
  stamp(isTransactional: boolean): Buffer {
    const { identity, baseSequence } = this
    const known = this.#stamped
    if (known && known.baseSequence === baseSequence && isSameIdentity(known.identity, identity)) return this.#bytes
    this.#stamped = { identity, baseSequence, isTransactional }
    writeBatchHeader(this.#bytes, {
      baseOffset: 0,
      partitionLeaderEpoch: -1,
      compression: this.#compression,
      timestampType: 'CreateTime',
      transactional: isTransactional,
      control: false,
      deleteHorizonMs: null,
      lastOffsetDelta: this.count - 1,
      baseTimestamp: this.#writer.baseTimestamp,
      maxTimestamp: this.#writer.maxTimestamp,
      producerId: identity.producerId,
      producerEpoch: identity.producerEpoch,
      baseSequence,
      count: this.count,
    })
    return this.#bytes
  }

  /** Its memory may serve others, unless somebody may still read it. */
  release(): void {
    const memory = this.#compression === 'none' ? this.#writer.memory : this.#bytes
    if (this.isUnderWay || this.#compression !== 'none') this.#pool.abandon(memory)
    else this.#pool.give(memory)
  }

  /** Two batches with half of the records each, closed, in memory of their own; this one holds nothing any more. */
  split(compression: Compression): [ProducerBatch, ProducerBatch] {
    this.stamp(false)
    const half = this.count >>> 1
    const [before, behind] = this.deliveries.split(half)
    const memory = () => Buffer.allocUnsafeSlow(this.#writer.bytes)
    const parts: [ProducerBatch, ProducerBatch] = [
      new ProducerBatch(this.queue, memory(), this.#pool, before),
      new ProducerBatch(this.queue, memory(), this.#pool, behind),
    ]
    let index = 0
    for (const { key, value, timestamp, headers } of records(this.#bytes)) {
      const part = index < half ? parts[0] : parts[1]
      part.writer.tryAppend(key, value, timestamp as Int64, headers)
      index += 1
    }
    for (const [i, part] of parts.entries()) {
      part.#rankRoom = this.#rankRoom / 2
      part.rank = this.rank + i * part.#rankRoom
      part.failures = this.failures
      this.#pool.count(part.writer.memory.length)
      part.close(compression)
    }
    this.release()
    return parts
  }
}

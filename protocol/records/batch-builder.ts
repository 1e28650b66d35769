// Builds a magic 2 batch: for coordinator records and control records, for clients, and for what the cleaner keeps.
// Invariant: record offsets rise; deltas are relative to the base offset and to the first record's timestamp (or to the
// delete horizon, which then stands in the same field).
// Source: org.apache.kafka.common.record.internal.MemoryRecordsBuilder, Kafka 4.3.0.

import type { LeaderEpoch, Offset } from '../types.ts'
import { EncodeError } from '../wire/encode-error.ts'
import type { Int64 } from '../wire/int64.ts'
import {
  type BatchHeaderInput,
  noPartitionLeaderEpoch,
  noProducerEpoch,
  noProducerId,
  noSequence,
  noTimestamp,
  recordBatchOverhead,
  writeBatchHeader,
} from './batch-header.ts'
import { batchBytesMax } from './batches.ts'
import { compress } from './compression.ts'
import type { CompressionType } from './compression-type.ts'
import { subtractInt64 } from './int64-at.ts'
import { type RecordContent, recordBodySize, writeRecord } from './record.ts'
import { varintSize } from './varint.ts'

/** A record to be appended. Times in milliseconds. */
export interface RecordInput extends RecordContent {
  /** The next offset when left out. */
  readonly offset?: Offset
  /** When left out: the time at which the broker stamps the batch, if it does, otherwise -1 (none). */
  readonly timestamp?: Int64
}

/** What stands in the header. Everything may be left out. */
export interface BatchOptions {
  /** 0 when left out: a leader assigns offsets when it appends. */
  readonly baseOffset?: Offset
  readonly partitionLeaderEpoch?: LeaderEpoch
  readonly compression?: CompressionType
  /** As in compression.gzip.level and compression.zstd.level; Kafka's default when left out. */
  readonly compressionLevel?: number
  readonly producerId?: Int64
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  readonly control?: boolean
  /**
   * The broker stamps the batch: timestamp type LogAppendTime, and readers take this as the timestamp of all records,
   * whatever the records themselves say.
   */
  readonly logAppendTimeMs?: Int64
  /** The time from which tombstones and markers in the batch may go. */
  readonly deleteHorizonMs?: Int64
  /** When compaction has removed the last records, the offset of the last one there was. */
  readonly lastOffset?: Offset
}

export class BatchBuilder {
  readonly #options: BatchOptions
  readonly #baseOffset: Offset
  #buffer: Buffer
  #position = recordBatchOverhead
  #count = 0
  #lastOffset: Offset
  #baseTimestamp: Int64 | undefined
  #maxTimestamp: Int64 = noTimestamp

  constructor(options: BatchOptions = {}, sizeHint = 1024) {
    this.#options = options
    this.#baseOffset = options.baseOffset ?? 0
    this.#lastOffset = this.#baseOffset - 1
    this.#baseTimestamp = options.deleteHorizonMs
    this.#buffer = Buffer.allocUnsafe(recordBatchOverhead + sizeHint)
  }

  /** Records so far. */
  get count(): number {
    return this.#count
  }
  /** Bytes of the batch so far, before compression. */
  get sizeInBytes(): number {
    return this.#position
  }

  /** Appends a record. An offset that does not rise, or a batch beyond int32 bytes, is an EncodeError. */
  append(record: RecordInput): void {
    const offset = record.offset ?? this.#lastOffset + 1
    const offsetDelta = offset - this.#baseOffset
    if (offset <= this.#lastOffset || offsetDelta > 0x7fff_ffff) {
      throw new EncodeError(`offset ${offset} cannot follow ${this.#lastOffset} in a batch from ${this.#baseOffset}`)
    }
    const timestamp = record.timestamp ?? this.#options.logAppendTimeMs ?? noTimestamp
    const timestampDelta = subtractInt64(timestamp, (this.#baseTimestamp ??= timestamp))
    const bodySize = recordBodySize(offsetDelta, timestampDelta, record)
    this.#reserve(varintSize(bodySize) + bodySize)
    this.#position = writeRecord(this.#buffer, this.#position, bodySize, offsetDelta, timestampDelta, record)
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    this.#lastOffset = offset
    this.#count += 1
  }

  #reserve(bytes: number): void {
    const needed = this.#position + bytes
    if (needed > batchBytesMax) throw new EncodeError(`a batch cannot have ${needed} bytes`)
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(needed * 2)
    this.#buffer.copy(larger, 0, 0, this.#position)
    this.#buffer = larger
  }

  /** The batch. Without records there is nothing to build: `emptyBatch` is for that. */
  build(): Buffer {
    if (this.#count === 0) throw new EncodeError('a batch without records')
    const batch = this.#compressed()
    const lastOffset = this.#options.lastOffset ?? this.#lastOffset
    writeBatchHeader(batch, {
      ...headerDefaults(this.#options),
      lastOffsetDelta: lastOffset - this.#baseOffset,
      baseTimestamp: this.#baseTimestamp!,
      maxTimestamp: this.#options.logAppendTimeMs ?? this.#maxTimestamp,
      count: this.#count,
    })
    return batch
  }

  #compressed(): Buffer {
    const { compression = 'none', compressionLevel } = this.#options
    if (compression === 'none') return this.#buffer.subarray(0, this.#position)
    const payload = compress(compression, this.#buffer.subarray(recordBatchOverhead, this.#position), compressionLevel)
    if (payload.length > batchBytesMax - recordBatchOverhead) throw new EncodeError('a batch too large for its length')
    const batch = Buffer.allocUnsafe(recordBatchOverhead + payload.length)
    payload.copy(batch, recordBatchOverhead)
    return batch
  }
}

function headerDefaults(options: BatchOptions): Omit<BatchHeaderInput, 'lastOffsetDelta' | 'maxTimestamp' | 'count'> {
  return {
    baseOffset: options.baseOffset ?? 0,
    partitionLeaderEpoch: options.partitionLeaderEpoch ?? noPartitionLeaderEpoch,
    compression: options.compression ?? 'none',
    timestampType: options.logAppendTimeMs === undefined ? 'CreateTime' : 'LogAppendTime',
    transactional: options.transactional ?? false,
    control: options.control ?? false,
    deleteHorizonMs: options.deleteHorizonMs ?? null,
    baseTimestamp: noTimestamp,
    producerId: options.producerId ?? noProducerId,
    producerEpoch: options.producerEpoch ?? noProducerEpoch,
    baseSequence: options.baseSequence ?? noSequence,
  }
}

/** One batch of the records. */
export function buildBatch(records: Iterable<RecordInput>, options: BatchOptions = {}): Buffer {
  const builder = new BatchBuilder(options)
  for (const record of records) builder.append(record)
  return builder.build()
}

/** What an empty batch keeps of the batch it was. */
export interface EmptyBatchOptions extends BatchOptions {
  readonly lastOffset: Offset
  /** Kept together with its type, which is LogAppendTime when `logAppendTimeMs` is given. */
  readonly maxTimestamp: Int64
}

/**
 * A batch without records, which the cleaner leaves behind when all records of a producer's last batch are gone: it still
 * carries the producer's epoch and sequence. Uncompressed, without delete horizon.
 */
export function emptyBatch(options: EmptyBatchOptions): Buffer {
  const batch = Buffer.allocUnsafe(recordBatchOverhead)
  writeBatchHeader(batch, {
    ...headerDefaults(options),
    compression: 'none',
    deleteHorizonMs: null,
    lastOffsetDelta: options.lastOffset - (options.baseOffset ?? 0),
    maxTimestamp: options.maxTimestamp,
    count: 0,
  })
  return batch
}

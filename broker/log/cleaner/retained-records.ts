// A batch that is left of another one: with those of its records that stay.
//
// Records keep their bytes but for the timestamp's delta, where what it is relative to changes: that is the first record's
// timestamp, or the delete horizon.
// Source: Kafka 4.3.0's MemoryRecords.buildRetainedRecordsInto. A batch is compressed as it was, at the codec's own level.

import {
  baseTimestampOf,
  batchSizeOf,
  compressionOf,
  hasDeleteHorizon,
  maxTimestampOf,
  readBatchHeader,
  recordBatchOverhead,
  recordCountOf,
  timestampTypeOf,
  writeBatchHeader,
} from '../../../protocol/records/batch-header.ts'
import { compress } from '../../../protocol/records/compression.ts'
import type { CompressionType } from '../../../protocol/records/compression-type.ts'
import { addInt64, subtractInt64 } from '../../../protocol/records/int64-at.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from '../../../protocol/records/varint.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { RecordCursor } from './record-cursor.ts'
import type { RetainedBytes } from './retained-bytes.ts'

interface RetainedRecord {
  readonly start: number
  readonly end: number
  readonly keyFieldStart: number
  readonly offsetDelta: number
  readonly timestamp: Int64
}

export class RetainedRecords {
  readonly #chunk: Buffer
  readonly #at: number
  readonly #content: Buffer
  readonly #records: RetainedRecord[] = []
  readonly #stampedMs: Int64 | undefined
  /** When tombstones and markers of the batch may go, where it does not say so yet. */
  deleteHorizonMs: number | undefined

  /** Of the batch at a position, whose uncompressed records are `content`. */
  constructor(chunk: Buffer, at: number, content: Buffer) {
    this.#chunk = chunk
    this.#at = at
    this.#content = content
    this.#stampedMs = timestampTypeOf(chunk, at) === 'LogAppendTime' ? maxTimestampOf(chunk, at) : undefined
  }

  get count(): number {
    return this.#records.length
  }

  add({ start, end, keyFieldStart, offsetDelta, timestampDelta }: RecordCursor): void {
    const timestamp = this.#stampedMs ?? addInt64(baseTimestampOf(this.#chunk, this.#at), timestampDelta)
    this.#records.push({ start, end, keyFieldStart, offsetDelta, timestamp })
  }

  /** All of them, and nothing else has changed either. */
  get isWhole(): boolean {
    return this.deleteHorizonMs === undefined && this.count === recordCountOf(this.#chunk, this.#at)
  }

  /** Puts the batch together. The original was checked: a new checksum would hide damage for ever. */
  buildInto(output: RetainedBytes): void {
    const original = this.#chunk.subarray(this.#at, this.#at + batchSizeOf(this.#chunk, this.#at))
    const horizonMs = hasDeleteHorizon(original) ? baseTimestampOf(original) : (this.deleteHorizonMs ?? null)
    const baseTimestamp = horizonMs ?? this.#records[0]!.timestamp
    const batch = this.#withPayload(output, baseTimestamp, compressionOf(original))
    writeBatchHeader(batch, {
      ...readBatchHeader(original),
      baseTimestamp,
      deleteHorizonMs: horizonMs,
      maxTimestamp: this.#stampedMs ?? this.#maxTimestamp(),
      count: this.count,
    })
  }

  /** The whole of the batch, its records being there. */
  #withPayload(output: RetainedBytes, baseTimestamp: Int64, compression: CompressionType): Buffer {
    const pieces = this.#pieces(baseTimestamp)
    if (compression !== 'none') {
      const payload = compress(compression, Buffer.concat(pieces))
      const batch = output.reserve(recordBatchOverhead + payload.length)
      batch.set(payload, recordBatchOverhead)
      return batch
    }
    const batch = output.reserve(pieces.reduce((sum, piece) => sum + piece.length, recordBatchOverhead))
    let at = recordBatchOverhead
    for (const piece of pieces) {
      batch.set(piece, at)
      at += piece.length
    }
    return batch
  }

  #pieces(baseTimestamp: Int64): Buffer[] {
    const isRelativeAsBefore = this.#stampedMs === undefined && baseTimestamp === baseTimestampOf(this.#chunk, this.#at)
    if (!isRelativeAsBefore) return this.#records.flatMap(record => this.#rewritten(record, baseTimestamp))
    const pieces: Buffer[] = []
    // Neighbours come in one piece.
    for (let index = 0, next = 0; index < this.count; index = next) {
      for (next = index + 1; next < this.count && this.#records[next]!.start === this.#records[next - 1]!.end; next++);
      pieces.push(this.#content.subarray(this.#records[index]!.start, this.#records[next - 1]!.end))
    }
    return pieces
  }

  #rewritten({ keyFieldStart, end, offsetDelta, timestamp }: RetainedRecord, baseTimestamp: Int64): [Buffer, Buffer] {
    const delta = subtractInt64(timestamp, baseTimestamp)
    const bodySize = 1 + varlongSize(delta) + varintSize(offsetDelta) + end - keyFieldStart
    const head = Buffer.allocUnsafe(varintSize(bodySize) + bodySize - (end - keyFieldStart))
    let at = writeVarint(head, 0, bodySize)
    head[at++] = 0
    at = writeVarlong(head, at, delta)
    writeVarint(head, at, offsetDelta)
    return [head, this.#content.subarray(keyFieldStart, end)]
  }

  #maxTimestamp(): Int64 {
    let largest = this.#records[0]!.timestamp
    for (const { timestamp } of this.#records) if (timestamp > largest) largest = timestamp
    return largest
  }
}

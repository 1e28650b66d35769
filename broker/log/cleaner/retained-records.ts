// A batch that is left of another one: with those of its records that stay.
//
// Records keep their bytes but for the timestamp's delta, where what it is relative to changes: that is the first record's
// timestamp, or the delete horizon.
// Source: Kafka 4.3.0's MemoryRecords.buildRetainedRecordsInto. A batch is compressed as it was, at the codec's own level.

import {
  baseTimestampOf,
  compressionOf,
  hasDeleteHorizon,
  maxTimestampOf,
  recordBatchOverhead,
  recordCountOf,
  timestampTypeOf,
  writeHeaderOfRemaining,
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
    const [chunk, at] = [this.#chunk, this.#at]
    const deleteHorizonMs = hasDeleteHorizon(chunk, at) ? baseTimestampOf(chunk, at) : (this.deleteHorizonMs ?? null)
    const baseTimestamp = deleteHorizonMs ?? this.#records[0]!.timestamp
    const batch = this.#withPayload(output, baseTimestamp, compressionOf(chunk, at))
    const maxTimestamp = this.#stampedMs ?? this.#maxTimestamp()
    writeHeaderOfRemaining(batch, chunk, at, { baseTimestamp, deleteHorizonMs, maxTimestamp, count: this.count })
  }

  /** The whole of the batch, its records being there. */
  #withPayload(output: RetainedBytes, baseTimestamp: Int64, compression: CompressionType): Buffer {
    const isRelativeAsBefore = this.#stampedMs === undefined && baseTimestamp === baseTimestampOf(this.#chunk, this.#at)
    const newBase = isRelativeAsBefore ? undefined : baseTimestamp
    const size = this.#payloadSize(newBase)
    if (compression === 'none') {
      const batch = output.reserve(recordBatchOverhead + size)
      this.#writePayload(batch, recordBatchOverhead, newBase)
      return batch
    }
    const records = Buffer.allocUnsafe(size)
    this.#writePayload(records, 0, newBase)
    const payload = compress(compression, records)
    const batch = output.reserve(recordBatchOverhead + payload.length)
    batch.set(payload, recordBatchOverhead)
    return batch
  }

  /** `newBase`: what timestamps become relative to, where that changes. */
  #payloadSize(newBase: Int64 | undefined): number {
    let size = 0
    for (const record of this.#records) {
      if (newBase === undefined) size += record.end - record.start
      else {
        const bodySize = bodySizeOf(record, subtractInt64(record.timestamp, newBase))
        size += varintSize(bodySize) + bodySize
      }
    }
    return size
  }

  #writePayload(into: Buffer, position: number, newBase: Int64 | undefined): void {
    let at = position
    if (newBase === undefined) {
      for (let first = 0, last = 0; first < this.count; first = last + 1) {
        last = this.#lastNeighbour(first)
        at += this.#content.copy(into, at, this.#records[first]!.start, this.#records[last]!.end)
      }
      return
    }
    for (const record of this.#records) {
      const delta = subtractInt64(record.timestamp, newBase)
      at = writeVarint(into, at, bodySizeOf(record, delta))
      into[at++] = 0
      at = writeVarlong(into, at, delta)
      at = writeVarint(into, at, record.offsetDelta)
      at += this.#content.copy(into, at, record.keyFieldStart, record.end)
    }
  }

  /** The last of the records that lie behind this one without a gap: they are copied in one piece. */
  #lastNeighbour(first: number): number {
    let last = first
    while (last + 1 < this.count && this.#records[last + 1]!.start === this.#records[last]!.end) last++
    return last
  }

  #maxTimestamp(): Int64 {
    let largest = this.#records[0]!.timestamp
    for (const { timestamp } of this.#records) if (timestamp > largest) largest = timestamp
    return largest
  }
}

/** Of a record with that timestamp's delta: what its size field says. */
function bodySizeOf({ offsetDelta, keyFieldStart, end }: RetainedRecord, delta: Int64): number {
  return 1 + varlongSize(delta) + varintSize(offsetDelta) + end - keyFieldStart
}

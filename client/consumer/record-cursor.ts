// Walks the records of stored batches where they lie, one after the other, without making anything per record: the cursor's own
// fields are the record. `next` moves it, and answers false behind the last one.
//
// Life time: what the getters answer belongs to the record the cursor stands on, numbers and views alike. A view that was asked for
// (`key`, `value`, `headers`) stays valid for as long as it is held, and keeps the whole fetch answer in memory. `bytes` is lent: once
// the batch is processed another answer may be received into it, unless a view was asked for.
// Source: DefaultRecord, Kafka 4.3.0.

import {
  baseOffsetOf,
  baseTimestampOf,
  batchSizeOf,
  lastOffsetOf,
  magicOf,
  maxTimestampOf,
  recordCountOf,
  timestampTypeOf,
} from '../../protocol/records/batch-header.ts'
import { addInt64 } from '../../protocol/records/int64-at.ts'
import { legacyRecords } from '../../protocol/records/legacy-record.ts'
import { bytesOf, lengthOf, rawVarint } from '../../protocol/records/plain-records.ts'
import { type RecordHeader, type RecordView, readHeaders, recordEnd } from '../../protocol/records/record.ts'
import { RecordReader } from '../../protocol/records/record-reader.ts'
import { recordBytes } from '../../protocol/records/records.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'

/** Stored batches as they came in a fetch answer. */
export interface StoredBatches {
  readonly bytes: Buffer
  /** Where those to be shown begin. */
  readonly positions: readonly number[]
  /** Records before this offset are not shown: the broker sends whole batches, also when the offset lies inside one. */
  readonly fromOffset: number
  /** What one batch may decompress to, in bytes. */
  readonly decompressedBytesMax: number
  /** Whose memory it is, where that may be used again. */
  readonly lender?: Lender
}

/** Memory that is used again when nothing of it was given away. */
export interface Lender {
  /** To be set by who gives away what is to stay as it is. */
  isKept: boolean
  /** It has been taken back. */
  readonly isOver: boolean
}

const noHeaders: readonly RecordHeader[] = Object.freeze([])

export class RecordCursor {
  /** The bytes that the record lies in: of the answer, or, of a compressed batch, what it was decompressed to. Lent, see above. */
  bytes: Buffer = Buffer.alloc(0)
  offset = -1
  /** Where the key lies in `bytes`; -1 and -1 when there is none. */
  keyStart = -1
  keyEnd = -1
  /** Where the value lies in `bytes`; -1 and -1 when it is null. */
  valueStart = -1
  valueEnd = -1
  readonly #batches: StoredBatches
  #reader = new RecordReader(this.bytes)
  #batch = 0
  #left = 0
  #at = 0
  #headersStart = 0
  #recordEnd = 0
  #baseOffset = 0
  #baseTimestamp: Int64 = -1
  #timestampDelta: Int64 = 0
  /** In place of all timestamps, when the broker stamped the batch. */
  #stamp: Int64 | undefined
  /** The messages of a batch of magic 0 or 1. */
  #legacy: readonly RecordView[] | undefined

  constructor(batches: StoredBatches) {
    this.#batches = batches
  }

  /** Moves to the next record. Throws DecodeError when it cannot be read; the cursor can go on with the next batch then. */
  next(): boolean {
    do {
      while (this.#left === 0) {
        if (this.#batch === this.#batches.positions.length) return false
        this.#open(this.#batches.positions[this.#batch++]!)
      }
      this.#left -= 1
      if (this.#legacy !== undefined) this.#showLegacy(this.#legacy[this.#legacy.length - this.#left - 1]!)
      else if (!this.#readPlain()) this.#readAny()
    } while (this.offset < this.#batches.fromOffset)
    return true
  }

  /** Behind the stored batch that the cursor is in, by its header. */
  get batchEnd(): number {
    const position = this.#batches.positions[Math.max(0, this.#batch - 1)]
    return position === undefined ? this.#batches.fromOffset : lastOffsetOf(this.#batches.bytes, position) + 1
  }

  /** Leaves out what is left of the stored batch that the cursor is in. */
  skipBatch(): void {
    this.#left = 0
  }

  /** A view, null when there is none. */
  get key(): Buffer | null {
    if (this.keyStart < 0) return null
    this.keep()
    return this.bytes.subarray(this.keyStart, this.keyEnd)
  }

  /** A view, null when the record has none (a tombstone). */
  get value(): Buffer | null {
    if (this.valueStart < 0) return null
    this.keep()
    return this.bytes.subarray(this.valueStart, this.valueEnd)
  }

  /** What the cursor shows is given away: it stays as it is. */
  keep(): void {
    const { lender } = this.#batches
    if (lender !== undefined) lender.isKept = true
  }

  /** Milliseconds since 1970; -1 when the record has none. */
  get timestamp(): Int64 {
    if (this.#stamp !== undefined) return this.#stamp
    const delta = this.#timestampDelta
    return delta === 0 ? this.#baseTimestamp : addInt64(this.#baseTimestamp, delta)
  }

  get headers(): readonly RecordHeader[] {
    if (this.#headersStart === this.#recordEnd) return noHeaders
    this.keep()
    return readHeaders(new RecordReader(this.bytes, this.#headersStart), this.#recordEnd)
  }

  /** Where the headers lie in `bytes`, and where the record ends; the same when there are none. For who decodes them later. */
  get headersStart(): number {
    return this.#headersStart
  }
  get headersEnd(): number {
    return this.#recordEnd
  }

  #open(position: number): void {
    const { bytes, decompressedBytesMax } = this.#batches
    if (magicOf(bytes, position) < 2) {
      this.#legacy = legacyRecords(
        bytes.subarray(position, position + batchSizeOf(bytes, position)),
        decompressedBytesMax,
      )
      this.#left = this.#legacy.length
      return
    }
    const count = recordCountOf(bytes, position)
    if (count < 0) throw new DecodeError(`a batch cannot hold ${count} records`)
    this.#legacy = undefined
    if (count === 0) return
    this.bytes = recordBytes(bytes, position, decompressedBytesMax)
    this.#reader = new RecordReader(this.bytes)
    this.#at = 0
    this.#baseOffset = baseOffsetOf(bytes, position)
    this.#baseTimestamp = baseTimestampOf(bytes, position)
    this.#stamp = timestampTypeOf(bytes, position) === 'LogAppendTime' ? maxTimestampOf(bytes, position) : undefined
    this.#left = count
  }

  /** A record without headers whose lengths and deltas take at most three bytes; false, with nothing moved, for others. */
  #readPlain(): boolean {
    const bytes = this.bytes
    let at = this.#at
    const size = rawVarint(bytes, at)
    at += bytesOf(size)
    const end = at + (size >>> 1)
    at += 1 // attributes: no bit has a meaning
    const timestamp = rawVarint(bytes, at)
    at += bytesOf(timestamp)
    const offset = rawVarint(bytes, at)
    at += bytesOf(offset)
    const key = rawVarint(bytes, at)
    const keyStart = at + bytesOf(key)
    const keyEnd = keyStart + lengthOf(key)
    const value = rawVarint(bytes, keyEnd)
    const valueStart = keyEnd + bytesOf(value)
    const valueEnd = valueStart + lengthOf(value)
    if ((size | timestamp | offset | key | value) < 0 || (size & 1) === 1 || end > bytes.length) return false
    if (bytes[valueEnd] !== 0 || valueEnd + 1 !== end) return false
    this.#at = end
    this.offset = this.#baseOffset + ((offset >>> 1) ^ -(offset & 1))
    this.#timestampDelta = (timestamp >>> 1) ^ -(timestamp & 1)
    const hasKey = (key & 1) === 0
    this.keyStart = hasKey ? keyStart : -1
    this.keyEnd = hasKey ? keyEnd : -1
    const hasValue = (value & 1) === 0
    this.valueStart = hasValue ? valueStart : -1
    this.valueEnd = hasValue ? valueEnd : -1
    this.#headersStart = end
    this.#recordEnd = end
    return true
  }

  #readAny(): void {
    const reader = this.#reader
    reader.position = this.#at
    const end = recordEnd(reader)
    reader.position += 1
    this.#timestampDelta = reader.varlong()
    this.offset = this.#baseOffset + reader.varint()
    const keyLength = lengthWithin(reader, end)
    this.keyStart = keyLength < 0 ? -1 : reader.position
    this.keyEnd = keyLength < 0 ? -1 : (reader.position += keyLength)
    const valueLength = lengthWithin(reader, end)
    this.valueStart = valueLength < 0 ? -1 : reader.position
    this.valueEnd = valueLength < 0 ? -1 : (reader.position += valueLength)
    this.#headersStart = reader.position
    if (reader.position >= end) throw new DecodeError(`record at ${this.#at} ends before its headers`)
    if (skipHeaders(reader, end) === 0) this.#headersStart = end
    if (reader.position !== end) throw new DecodeError(`record at ${this.#at} does not end where its size says`)
    this.#recordEnd = end
    this.#at = end
  }

  #showLegacy({ offset, timestamp, key, value }: RecordView): void {
    const any = value ?? key
    // Positions in the memory itself: what was decompressed need not begin where its memory does.
    this.bytes = any === null ? Buffer.alloc(0) : Buffer.from(any.buffer)
    this.offset = offset
    this.#stamp = timestamp
    this.keyStart = key === null ? -1 : key.byteOffset
    this.keyEnd = key === null ? -1 : key.byteOffset + key.length
    this.valueStart = value === null ? -1 : value.byteOffset
    this.valueEnd = value === null ? -1 : value.byteOffset + value.length
    this.#headersStart = this.#recordEnd = 0
  }
}

/** Answers how many there are; the reader is behind them. They are framed well, so that decoding them later cannot fail. */
function skipHeaders(reader: RecordReader, end: number): number {
  const count = reader.varint()
  if (count < 0 || count > end - reader.position) throw new DecodeError(`a record cannot have ${count} headers here`)
  for (let index = 0; index < count; index += 1) {
    const keyLength = lengthWithin(reader, end)
    if (keyLength < 0) throw new DecodeError('a record header without a key')
    reader.position += keyLength
    const valueLength = lengthWithin(reader, end)
    reader.position += Math.max(0, valueLength)
  }
  return count
}

function lengthWithin(reader: RecordReader, end: number): number {
  const length = reader.varint()
  if (length > end - reader.position) throw new DecodeError(`${length} bytes reach beyond the end of their record`)
  return length
}

// One record as the application sees it: where it lies in the bytes of the fetch answer. Nothing is decoded until asked for.
// Life time: valid for as long as it is held, and so are its views; but each keeps the whole fetch answer in memory. What is
// to be kept for long is copied: `Buffer.from(record.value)`.

import { type RecordHeader, readHeaders } from '../../protocol/records/record.ts'
import { RecordReader } from '../../protocol/records/record-reader.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { RecordCursor } from './record-cursor.ts'

const noHeaders: readonly RecordHeader[] = Object.freeze([])

export class ConsumerRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** The memory that key, value and headers lie in. */
  readonly bytes: Buffer
  /** Milliseconds since 1970; -1 when the record has none. A bigint beyond 2^53. */
  readonly timestamp: Int64
  readonly #keyStart: number
  readonly #keyEnd: number
  readonly #valueStart: number
  readonly #valueEnd: number
  readonly #headersStart: number
  readonly #headersEnd: number

  /** The record that the cursor stands on. */
  constructor(topic: string, partition: number, cursor: RecordCursor) {
    cursor.keep()
    this.topic = topic
    this.partition = partition
    this.offset = cursor.offset
    this.bytes = cursor.bytes
    this.timestamp = cursor.timestamp
    this.#keyStart = cursor.keyStart
    this.#keyEnd = cursor.keyEnd
    this.#valueStart = cursor.valueStart
    this.#valueEnd = cursor.valueEnd
    this.#headersStart = cursor.headersStart
    this.#headersEnd = cursor.headersEnd
  }

  /** A view; null when there is none. */
  get key(): Buffer | null {
    return this.#keyStart < 0 ? null : this.bytes.subarray(this.#keyStart, this.#keyEnd)
  }

  /** A view; null when there is none (a tombstone). */
  get value(): Buffer | null {
    return this.#valueStart < 0 ? null : this.bytes.subarray(this.#valueStart, this.#valueEnd)
  }

  /** In the order in which they were written; a key may be there twice. Values are views. */
  get headers(): readonly RecordHeader[] {
    if (this.#headersStart === this.#headersEnd) return noHeaders
    return readHeaders(new RecordReader(this.bytes, this.#headersStart), this.#headersEnd)
  }

  /** The last header of that key, as Java's Headers.lastHeader. */
  header(key: string): RecordHeader | undefined {
    return this.headers.findLast(header => header.key === key)
  }

  /** Bytes of key and value together. */
  get sizeInBytes(): number {
    return this.#keyEnd - this.#keyStart + this.#valueEnd - this.#valueStart
  }
}

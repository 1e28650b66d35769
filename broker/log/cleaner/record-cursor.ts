// Walks the records of a magic 2 batch without making anything of them: where a record lies, its key, whether it has a value.
// Source: org.apache.kafka.common.record.internal.DefaultRecord, Kafka 4.3.0 (its partial records).

import { baseOffsetOf, recordCountOf } from '../../../protocol/records/batch-header.ts'
import { recordEnd } from '../../../protocol/records/record.ts'
import { RecordReader } from '../../../protocol/records/record-reader.ts'
import type { Offset } from '../../../protocol/types.ts'
import { DecodeError } from '../../../protocol/wire/decode-error.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import { recordContent } from '../record-content.ts'

export class RecordCursor {
  /** The uncompressed records; valid until the next cursor is made. */
  readonly content: Buffer
  readonly #reader: RecordReader
  readonly #baseOffset: Offset
  readonly #count: number
  #read = 0
  /** From the size field on. */
  start = 0
  end = 0
  offset: Offset = 0
  timestampDelta: Int64 = 0
  offsetDelta = 0
  /** Behind the offset delta: from here on nothing depends on the batch. */
  keyFieldStart = 0
  keyStart = 0
  /** -1: no key. */
  keyLength = 0
  hasValue = false

  /** Of the batch at a position. Damaged or unknown compression is a DecodeError. */
  constructor(buffer: Buffer, position: number) {
    this.#count = recordCountOf(buffer, position)
    if (this.#count < 0) throw new DecodeError(`a batch cannot hold ${this.#count} records`)
    this.content = this.#count === 0 ? Buffer.alloc(0) : recordContent(buffer.subarray(position))
    this.#reader = new RecordReader(this.content)
    this.#baseOffset = baseOffsetOf(buffer, position)
  }

  get count(): number {
    return this.#count
  }

  /** Moves to the next record; false behind the last one. Throws DecodeError. */
  next(): boolean {
    const reader = this.#reader
    if (this.#read === this.#count) {
      if (reader.position === this.content.length) return false
      throw new DecodeError(`${this.content.length - reader.position} bytes are left behind the last record`)
    }
    this.#read += 1
    this.start = reader.position
    this.end = recordEnd(reader)
    reader.position += 1 // attributes: no bit has a meaning
    this.timestampDelta = reader.varlong()
    this.offsetDelta = reader.varint()
    this.offset = this.#baseOffset + this.offsetDelta
    this.keyFieldStart = reader.position
    this.keyLength = Math.max(-1, reader.varint())
    this.keyStart = reader.position
    reader.position += Math.max(0, this.keyLength)
    const valueLength = Math.max(-1, reader.varint())
    this.hasValue = valueLength >= 0
    if (reader.position + Math.max(0, valueLength) > this.end) {
      throw new DecodeError(`key and value reach beyond the end of the record at ${this.start}`)
    }
    reader.position = this.end
    return true
  }

  get keyEnd(): number {
    return this.keyStart + this.keyLength
  }
}

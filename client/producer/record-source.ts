// The records of one `sendBatch`, whatever they come from, one after the other.

import type { RecordBytes, RecordHeaderInput } from './batch-writer.ts'
import type { ProducerRecord } from './topic-queue.ts'

/** A record that is filled in again for each of a batch. All fields are empty before. */
export interface MutableRecord {
  key: RecordBytes
  value: RecordBytes
  headers: readonly RecordHeaderInput[]
  timestamp: number | bigint | undefined
  partition: number | undefined
}

/** So many records, each of which `fill` writes into the record it is given: no object is made for any of them. */
export interface RecordEncoder {
  readonly count: number
  fill(record: MutableRecord, index: number): void
}

export type RecordSource = Iterable<ProducerRecord> | RecordEncoder

/** The next record, until it is told that it was taken; undefined behind the last. */
export interface RecordFeed {
  current(): ProducerRecord | undefined
  advance(): void
}

export function recordFeed(source: RecordSource): RecordFeed {
  if (Array.isArray(source)) return new ArrayFeed(source as readonly ProducerRecord[])
  if ('fill' in source) return new EncoderFeed(source)
  return new IteratorFeed(source[Symbol.iterator]())
}

class ArrayFeed implements RecordFeed {
  readonly #records: readonly ProducerRecord[]
  #index = 0

  constructor(records: readonly ProducerRecord[]) {
    this.#records = records
  }
  current(): ProducerRecord | undefined {
    return this.#records[this.#index]
  }
  advance(): void {
    this.#index += 1
  }
}

class IteratorFeed implements RecordFeed {
  readonly #iterator: Iterator<ProducerRecord>
  #current: ProducerRecord | undefined

  constructor(iterator: Iterator<ProducerRecord>) {
    this.#iterator = iterator
    this.advance()
  }
  current(): ProducerRecord | undefined {
    return this.#current
  }
  advance(): void {
    const { done, value } = this.#iterator.next()
    this.#current = done ? undefined : value
  }
}

const noHeaders: readonly RecordHeaderInput[] = []

class EncoderFeed implements RecordFeed {
  readonly #encoder: RecordEncoder
  readonly #record: MutableRecord = emptied({} as MutableRecord)
  #index = 0
  #isFilled = false

  constructor(encoder: RecordEncoder) {
    this.#encoder = encoder
  }
  current(): ProducerRecord | undefined {
    if (this.#index >= this.#encoder.count) return undefined
    // Once for each record, also when it has to wait for memory.
    if (!this.#isFilled) this.#encoder.fill(emptied(this.#record), this.#index)
    this.#isFilled = true
    return this.#record
  }
  advance(): void {
    this.#index += 1
    this.#isFilled = false
  }
}

function emptied(record: MutableRecord): MutableRecord {
  record.key = null
  record.value = null
  record.headers = noHeaders
  record.timestamp = undefined
  record.partition = undefined
  return record
}

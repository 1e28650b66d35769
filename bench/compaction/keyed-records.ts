// The records of a log that is going to be compacted, and what must be left of them: the same for either broker, from a seed.
//
// Keys repeat as keys of users or accounts do: a few are written again and again, most of them hardly ever. Every hundredth record is a
// tombstone. Values are JSON of about 1 KB, so that codecs have something to do.

import { seededRandom } from '../../io/sim/random.ts'
import { buildBatch, type RecordInput } from '../../protocol/records/batch-builder.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'

/** What a producer with the default batch.size of 16 KiB sends of such records. */
const recordsPerBatch = 16
const valueBytes = 1000
const keyBytes = 15
/** Of a record, before compression. */
export const recordBytes = keyBytes + valueBytes
/** As many records for each key, on average. */
const recordsPerKey = 4
/** The larger, the more often are the keys that are written often: a third of the records for a thirtieth of the keys. */
const skew = 3
const tombstoneEvery = 100
/** Values that records take turns with; what tells them apart is their offset. */
const poolSize = 512
const offsetFieldBytes = 24
/** Some day in the past; a record each millisecond. */
const firstTimestamp = 1_760_000_000_000

export class KeyedRecords {
  readonly count: number
  /** Of the record at each offset, which key it has. */
  readonly #keys: Uint32Array
  readonly #values: readonly Buffer[]

  constructor(count: number) {
    const random = seededRandom(count)
    this.count = count
    const keyCount = Math.ceil(count / recordsPerKey)
    this.#keys = Uint32Array.from({ length: count }, () => Math.floor(keyCount * random.next() ** skew))
    this.#values = Array.from({ length: poolSize }, () => someJson(() => random.int(1e9)))
  }

  get batchCount(): number {
    return Math.ceil(this.count / recordsPerBatch)
  }

  /** The batch of an index. */
  batch(index: number, compression: CompressionType): Buffer {
    const first = index * recordsPerBatch
    const length = Math.min(recordsPerBatch, this.count - first)
    return buildBatch(
      Array.from({ length }, (_, at) => this.#record(first + at)),
      { compression },
    )
  }

  #record(offset: number): RecordInput {
    const key = Buffer.from(this.key(offset))
    const timestamp = firstTimestamp + offset
    if (offset % tombstoneEvery === tombstoneEvery - 1) return { timestamp, key, value: null }
    const value = Buffer.from(this.#values[offset % poolSize]!)
    value.write(`{"offset":${offset},`, 'latin1')
    return { timestamp, key, value }
  }

  key(offset: number): string {
    return `user-${String(this.#keys[offset]).padStart(keyBytes - 5, '0')}`
  }

  /** The offsets that are left when everything below `cleanedUpTo` has been compacted once. */
  *remaining(cleanedUpTo: number): Generator<number, void, void> {
    const last = new Map<number, number>()
    for (let offset = 0; offset < cleanedUpTo; offset++) last.set(this.#keys[offset]!, offset)
    for (let offset = 0; offset < this.count; offset++) {
      if (offset >= cleanedUpTo || last.get(this.#keys[offset]!) === offset) yield offset
    }
  }
}

function someJson(number: () => number): Buffer {
  const fields: string[] = []
  for (let length = 0, index = 0; length < valueBytes; length += fields.at(-1)!.length + 1, index++) {
    fields.push(`"field${index}":{"count":${number()},"seen":"2025-10-${10 + (number() % 20)}"}`)
  }
  const inside = `${' '.repeat(offsetFieldBytes)}${fields.join(',')}`
  return Buffer.from(`${inside.slice(0, valueBytes - 1)}}`, 'latin1')
}

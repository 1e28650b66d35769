// Batches with records of every shape: with and without keys, values and headers, empty ones, times that go back.

import { type BatchOptions, buildBatch, type RecordInput } from '../../protocol/records/batch-builder.ts'

const recordsMax = 12
/** Some day in the past; records of a turn lie an hour behind those of the turn before. */
const longAgo = 1_760_000_000_000

export interface MadeBatch extends BatchOptions {
  readonly round: number
  readonly index: number
  /** Bytes of each value; short ones of changing length when left out. */
  readonly valueBytes?: number
  readonly firstTimestamp?: number
  /** Every record has one of a few keys, and some are tombstones. */
  readonly keyed?: boolean
}

/** The batch, and how many records it has. */
export function batchOf(made: MadeBatch): { bytes: Buffer; count: number } {
  const { round, index, valueBytes, keyed, firstTimestamp = longAgo, ...options } = made
  const count = valueBytes === undefined ? 1 + ((round * 5 + index * 3) % recordsMax) : 2
  const records = Array.from({ length: count }, (_, i): RecordInput => {
    const number = round * 1_000_000 + index * 1000 + i
    const timestamp = firstTimestamp + round * 3_600_000 + index * 1000 - (i % 3) * 500
    const key = keyed ? Buffer.from(`key ${number % 7}`) : someKey(number)
    const value = keyed && number % 5 === 0 ? null : someValue(number, valueBytes)
    return { timestamp, key, value, headers: someHeaders(number) }
  })
  return { bytes: buildBatch(records, options), count }
}

function someKey(number: number): Buffer | null {
  return [null, Buffer.alloc(0), Buffer.from(`key ${number}`), Buffer.from([0, 255, number & 255])][number % 4]!
}

function someValue(number: number, bytes: number | undefined): Buffer | null {
  if (bytes !== undefined) return Buffer.alloc(bytes, `value ${number} `)
  return [Buffer.from(`value ${number} `.repeat(1 + (number % 9))), null, Buffer.alloc(0)][
    number % 5 < 3 ? 0 : number % 3
  ]!
}

function someHeaders(number: number) {
  if (number % 3 !== 0) return []
  const value = Buffer.from(String(number))
  return [
    { key: 'number', value },
    { key: 'nüll', value: null },
    { key: '', value: Buffer.alloc(0) },
    { key: 'number', value },
  ]
}

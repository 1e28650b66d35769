// Varints of records, read in place. One reader serves a whole batch, so that walking records allocates nothing.
// Bytes are fetched without a check of their own: behind the end of the buffer there is `undefined`, which is not less than
// 0x80 and so lands in the slow path, which checks; behind the end of a record there are other bytes, which the comparison
// of the position with the record's end finds out.
// Source: org.apache.kafka.common.utils.ByteUtils, Kafka 4.3.0.

import { DecodeError } from '../wire/decode-error.ts'
import { type Int64, normalizeInt64 } from '../wire/int64.ts'

export class RecordReader {
  readonly buffer: Buffer
  position: number

  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer
    this.position = position
  }

  /** Zigzag varint of an int32. */
  varint(): number {
    const byte = this.buffer[this.position]!
    if (byte < 0x80) {
      this.position += 1
      return (byte >>> 1) ^ -(byte & 1)
    }
    return this.#longVarint()
  }

  #longVarint(): number {
    let raw = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte()
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
    }
    const byte = this.#byte()
    if (byte >= 0x80) throw new DecodeError('varint is longer than 5 bytes')
    raw |= byte << 28
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** Zigzag varint of an int64. Up to 7 bytes no bigint is made, which spans 8,900 years of milliseconds. */
  varlong(): Int64 {
    const start = this.position
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte()
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1)
    }
    let high = 0
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = this.#byte()
      high |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        const half = high * 0x800_0000 + (low >>> 1)
        return low & 1 ? -half - 1 : half
      }
    }
    this.position = start
    return this.#longVarlong()
  }

  #longVarlong(): Int64 {
    let raw = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      raw |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        raw = BigInt.asUintN(64, raw)
        return normalizeInt64((raw >> 1n) ^ -(raw & 1n))
      }
    }
    throw new DecodeError('varlong is longer than 10 bytes')
  }

  #byte(): number {
    const byte = this.buffer[this.position]
    if (byte === undefined) throw new DecodeError(`records end at ${this.position}, inside a record`)
    this.position += 1
    return byte
  }
}

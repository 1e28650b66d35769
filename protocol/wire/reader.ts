// Reads Kafka's primitive types from a buffer, in place. Every read is bounded: a length that exceeds the frame is
// refused before anything is allocated for it. Byte fields are views of the buffer, not copies.
// Source: org.apache.kafka.common.protocol.Readable and ByteUtils, Kafka 4.3.0.

import { DecodeError } from './decode-error.ts'
import { type Int64, normalizeInt64 } from './int64.ts'
import type { Uuid } from './uuid.ts'

/** Kafka refuses longer strings in every message, also in flexible versions. In bytes. */
export const stringBytesMax = 0x7fff
/** Tagged fields per struct beyond which a message is taken for hostile. */
export const taggedFieldsMax = 10_000

export class Reader {
  readonly buffer: Buffer
  position: number
  readonly end: number

  constructor(bytes: Uint8Array, position = 0, end = bytes.byteLength) {
    this.buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.position = position
    this.end = end
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Claims the next n bytes and answers where they start. */
  #take(n: number): number {
    const at = this.position
    if (n > this.end - at) throw new DecodeError(`needs ${n} bytes at ${at}, but only ${this.end - at} are left`)
    this.position = at + n
    return at
  }

  int8(): number {
    return this.buffer.readInt8(this.#take(1))
  }
  bool(): boolean {
    return this.buffer[this.#take(1)] !== 0
  }
  int16(): number {
    return this.buffer.readInt16BE(this.#take(2))
  }
  uint16(): number {
    return this.buffer.readUInt16BE(this.#take(2))
  }
  int32(): number {
    return this.buffer.readInt32BE(this.#take(4))
  }
  uint32(): number {
    return this.buffer.readUInt32BE(this.#take(4))
  }
  float64(): number {
    return this.buffer.readDoubleBE(this.#take(8))
  }

  int64(): Int64 {
    const at = this.#take(8)
    const high = this.buffer.readInt32BE(at)
    if (high >= -0x200000 && high < 0x200000) {
      const value = high * 0x1_0000_0000 + this.buffer.readUInt32BE(at + 4)
      if (value !== -0x20_0000_0000_0000) return value
    }
    return this.buffer.readBigInt64BE(at)
  }

  uuid(): Uuid {
    const at = this.#take(16)
    return this.buffer.toString('base64url', at, at + 16)
  }

  /** Unsigned LEB128 of up to 32 bits; a fifth byte may not continue. */
  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.buffer[this.#take(1)]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    const byte = this.buffer[this.#take(1)]!
    if (byte >= 0x80) throw new DecodeError('varint is longer than 5 bytes')
    return (value | (byte << 28)) >>> 0
  }

  /** Zigzag varint of an int32. */
  varint(): number {
    const raw = this.unsignedVarint()
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** Unsigned LEB128 of up to 64 bits, as the bits of a signed int64 (Java's long). */
  unsignedVarlong(): Int64 {
    return normalizeInt64(BigInt.asIntN(64, this.#varlongBits()))
  }

  /** Zigzag varint of an int64. */
  varlong(): Int64 {
    const start = this.position
    // Almost all fit in 28 bits: no bigint is made for them.
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.buffer[this.#take(1)]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    this.position = start
    const raw = BigInt.asUintN(64, this.#varlongBits())
    return normalizeInt64((raw >> 1n) ^ -(raw & 1n))
  }

  #varlongBits(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.buffer[this.#take(1)]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new DecodeError('varlong is longer than 10 bytes')
  }

  /** A reader of a view that `raw` answered. */
  within(view: Buffer): Reader {
    return new Reader(view)
  }

  /** A view of the next `length` bytes. */
  raw(length: number): Buffer {
    const at = this.#take(length)
    return this.buffer.subarray(at, at + length)
  }

  #utf8(length: number): string {
    if (length > stringBytesMax) throw new DecodeError(`string of ${length} bytes is longer than ${stringBytesMax}`)
    const at = this.#take(length)
    return this.buffer.toString('utf8', at, at + length)
  }

  nullableString(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.#utf8(length)
  }
  string(): string {
    const length = this.int16()
    if (length < 0) throw new DecodeError('null where a string must be')
    return this.#utf8(length)
  }
  compactNullableString(): string | null {
    const length = this.unsignedVarint() - 1
    return length < 0 ? null : this.#utf8(length)
  }
  compactString(): string {
    const length = this.unsignedVarint() - 1
    if (length < 0) throw new DecodeError('null where a string must be')
    return this.#utf8(length)
  }

  nullableBytes(): Buffer | null {
    const length = this.int32()
    return length < 0 ? null : this.raw(length)
  }
  bytes(): Buffer {
    const length = this.int32()
    if (length < 0) throw new DecodeError('null where bytes must be')
    return this.raw(length)
  }
  compactNullableBytes(): Buffer | null {
    const length = this.unsignedVarint() - 1
    return length < 0 ? null : this.raw(length)
  }
  compactBytes(): Buffer {
    const length = this.unsignedVarint() - 1
    if (length < 0) throw new DecodeError('null where bytes must be')
    return this.raw(length)
  }

  /** The count of an array (-1: null), refused when that many elements of the given smallest size could not fit. */
  arrayLength(elementBytesMin: number): number {
    return this.#fitting(this.int32(), elementBytesMin)
  }
  compactArrayLength(elementBytesMin: number): number {
    return this.#fitting(this.unsignedVarint() - 1, elementBytesMin)
  }
  #fitting(count: number, elementBytesMin: number): number {
    if (count < 0) return -1
    if (count * elementBytesMin > this.end - this.position) {
      throw new DecodeError(`array of ${count} elements cannot fit in the ${this.end - this.position} bytes left`)
    }
    return count
  }

  /** The count of a struct's tagged fields. */
  tagCount(): number {
    const count = this.unsignedVarint()
    if (count > taggedFieldsMax) throw new DecodeError(`${count} tagged fields; at most ${taggedFieldsMax} are read`)
    if (count * 2 > this.end - this.position) throw new DecodeError(`${count} tagged fields cannot fit`)
    return count
  }
}

// Writes Kafka's primitive types into a growing buffer. A byte range of a file takes part as itself: the message is then
// several parts, some bytes and some ranges, which the network sends one after the other without the range being read.
// Source: org.apache.kafka.common.protocol.Writable and ByteUtils, Kafka 4.3.0.

import { EncodeError } from './encode-error.ts'
import type { Int64 } from './int64.ts'
import { stringBytesMax } from './reader.ts'
import type { Uuid } from './uuid.ts'

/** Bytes that stay in their file until they are sent. `file` belongs to whoever sends them. Lengths and positions in bytes. */
export interface FileRange<File = unknown> {
  readonly file: File
  readonly position: number
  readonly length: number
}

/** A message as it is handed to the network. */
export type Part<File = unknown> = Uint8Array | FileRange<File>

/** Total bytes of the parts. */
export function partsLength(parts: readonly Part[]): number {
  let length = 0
  for (const part of parts) length += part.length
  return length
}

const shortStringLength = 42
/** Up to this many bytes a copy is cheaper than one more part to send. */
const copiedBytesMax = 4096

export class Writer {
  #buffer: Buffer
  #position = 0
  /** Where the bytes of the open part begin. */
  #partStart = 0
  readonly #parts: Part[] = []
  #finishedLength = 0

  constructor(sizeHint = 256) {
    this.#buffer = Buffer.allocUnsafe(sizeHint)
  }

  /** Bytes written so far, ranges included. */
  get length(): number {
    return this.#finishedLength + this.#position - this.#partStart
  }

  /** Makes room for n bytes and answers where they start. */
  #room(n: number): number {
    const at = this.#position
    if (at + n > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max((at + n) * 2, 1024))
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    this.#position = at + n
    return at
  }

  int8(value: number): void {
    const at = this.#room(1)
    this.#buffer.writeInt8(value, at)
  }
  bool(value: boolean): void {
    const at = this.#room(1)
    this.#buffer[at] = value ? 1 : 0
  }
  int16(value: number): void {
    const at = this.#room(2)
    this.#buffer.writeInt16BE(value, at)
  }
  uint16(value: number): void {
    const at = this.#room(2)
    this.#buffer.writeUInt16BE(value, at)
  }
  int32(value: number): void {
    const at = this.#room(4)
    this.#buffer.writeInt32BE(value, at)
  }
  uint32(value: number): void {
    const at = this.#room(4)
    this.#buffer.writeUInt32BE(value, at)
  }
  float64(value: number): void {
    const at = this.#room(8)
    this.#buffer.writeDoubleBE(value, at)
  }

  int64(value: Int64): void {
    const at = this.#room(8)
    if (typeof value === 'bigint') {
      this.#buffer.writeBigInt64BE(value, at)
      return
    }
    if (!Number.isSafeInteger(value)) throw new EncodeError(`${value} is not an exact int64`)
    const high = Math.floor(value / 0x1_0000_0000)
    this.#buffer.writeInt32BE(high, at)
    this.#buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4)
  }

  uuid(value: Uuid): void {
    const at = this.#room(16)
    if (this.#buffer.write(value, at, 16, 'base64url') !== 16 || value.length !== 22) {
      throw new EncodeError(`'${value}' is not a uuid (22 characters of base64url)`)
    }
  }

  unsignedVarint(value: number): void {
    let rest = value >>> 0
    while (rest > 0x7f) {
      const at = this.#room(1)
      this.#buffer[at] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    const at = this.#room(1)
    this.#buffer[at] = rest
  }
  varint(value: number): void {
    this.unsignedVarint((value << 1) ^ (value >> 31))
  }
  unsignedVarlong(value: Int64): void {
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 0x7fn) {
      const at = this.#room(1)
      this.#buffer[at] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    const at = this.#room(1)
    this.#buffer[at] = Number(rest)
  }
  varlong(value: Int64): void {
    if (typeof value === 'number' && value >= -0x4000_0000 && value < 0x4000_0000) {
      this.varint(value)
      return
    }
    const wide = BigInt(value)
    this.unsignedVarlong((wide << 1n) ^ (wide >> 63n))
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#buffer.set(bytes, at)
  }

  nullableString(value: string | null): void {
    if (value === null) this.int16(-1)
    else this.string(value)
  }
  string(value: string): void {
    const length = this.#stringLength(value)
    this.int16(length)
    this.#utf8(value, length)
  }
  compactNullableString(value: string | null): void {
    if (value === null) this.unsignedVarint(0)
    else this.compactString(value)
  }
  compactString(value: string): void {
    const length = this.#stringLength(value)
    this.unsignedVarint(length + 1)
    this.#utf8(value, length)
  }
  #stringLength(value: string): number {
    if (typeof value !== 'string') throw new EncodeError(`${value} where a string must be`)
    const length = Buffer.byteLength(value)
    if (length > stringBytesMax) throw new EncodeError(`string of ${length} bytes is longer than ${stringBytesMax}`)
    return length
  }
  #utf8(value: string, length: number): void {
    const at = this.#room(length)
    if (length === value.length && length < shortStringLength) {
      // Short and ASCII, as names are: a loop is faster than the call into the runtime.
      for (let i = 0; i < length; i++) this.#buffer[at + i] = value.charCodeAt(i)
    } else this.#buffer.write(value, at, length, 'utf8')
  }

  nullableBytes(value: Uint8Array | null): void {
    if (value === null) this.int32(-1)
    else this.bytes(value)
  }
  bytes(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw new EncodeError(`${value} where bytes must be`)
    this.int32(value.length)
    this.raw(value)
  }
  compactNullableBytes(value: Uint8Array | null): void {
    if (value === null) this.unsignedVarint(0)
    else this.compactBytes(value)
  }
  compactBytes(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw new EncodeError(`${value} where bytes must be`)
    this.unsignedVarint(value.length + 1)
    this.raw(value)
  }

  records(value: Part | null): void {
    if (value === null) this.int32(-1)
    else {
      this.int32(value.length)
      this.#part(value)
    }
  }
  compactRecords(value: Part | null): void {
    if (value === null) this.unsignedVarint(0)
    else {
      this.unsignedVarint(value.length + 1)
      this.#part(value)
    }
  }
  #part(value: Part): void {
    if (value instanceof Uint8Array) {
      if (value.length <= copiedBytesMax) {
        this.raw(value)
        return
      }
    } else if (value.length === 0) return
    this.#closePart()
    this.#parts.push(value)
    this.#finishedLength += value.length
  }
  #closePart(): void {
    if (this.#position === this.#partStart) return
    this.#parts.push(this.#buffer.subarray(this.#partStart, this.#position))
    this.#finishedLength += this.#position - this.#partStart
    // What is handed out stays as it is: the next part begins behind it, in this buffer or in a larger one.
    this.#partStart = this.#position
  }

  /** What `write` writes, behind its own length as an unsigned varint. For tagged fields; takes bytes only. */
  sized(write: () => void): void {
    const start = this.#position
    write()
    const length = this.#position - start
    const prefixLength = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : length < 0x1000_0000 ? 4 : 5
    this.#room(prefixLength)
    this.#buffer.copyWithin(start + prefixLength, start, start + length)
    this.#position = start
    this.unsignedVarint(length)
    this.#position = start + prefixLength + length
  }

  /** Overwrites an int32 in the first part, such as the frame's length, once the rest is known. */
  patchInt32(position: number, value: number): void {
    const first = this.#parts[0]
    if (first === undefined) this.#buffer.writeInt32BE(value, position)
    else if (first instanceof Uint8Array) {
      Buffer.from(first.buffer, first.byteOffset, first.byteLength).writeInt32BE(value, position)
    } else throw new EncodeError('the first part is not bytes')
  }

  /** The message as parts; nothing may be written afterwards. */
  parts(): Part[] {
    this.#closePart()
    return this.#parts
  }

  /** The message as one buffer; refused when it holds a file range. */
  toBuffer(): Buffer {
    const parts = this.parts()
    if (parts.length === 1 && parts[0] instanceof Uint8Array) return parts[0] as Buffer
    return Buffer.concat(
      parts.map(part => {
        if (part instanceof Uint8Array) return part
        throw new EncodeError('a message with a file range has no single buffer')
      }),
    )
  }
}

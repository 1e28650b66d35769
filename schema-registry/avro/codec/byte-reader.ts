// Reads Avro's binary encoding. Whatever the bytes say, it reads nothing behind their end, and takes no memory for items that
// cannot be there.
// Source: the specification's chapter "Binary Encoding"; BinaryDecoder and SystemLimitException, Avro 1.12.2.

import { valueDepthMax } from './byte-writer.ts'
import { AvroValueError } from './value-error.ts'

/** Items of a value that take no bytes (null, empty records): a few bytes could say that there are 2^60 of them. */
export const emptyItemsMax = 1_000_000

export class ByteReader {
  readonly #bytes: Buffer
  #at = 0
  #depth = 0
  #emptyItems = 0
  /** Records, arrays and maps that may still come: a schema can say that one value has 2^40 of them and takes no bytes. */
  #entriesLeft: number

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#entriesLeft = emptyItemsMax + bytes.length * valueDepthMax
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  enter(): void {
    if (++this.#depth > valueDepthMax)
      throw new AvroValueError(`The value is nested deeper than ${valueDepthMax} levels`)
    if (this.#entriesLeft-- === 0)
      throw new AvroValueError(`A value may have ${emptyItemsMax} parts that take no bytes, not more`)
  }

  leave(): void {
    this.#depth--
  }

  /** Where the next n bytes start. */
  #take(n: number): number {
    const at = this.#at
    if (n > this.#bytes.length - at) {
      throw new AvroValueError(`The bytes end too early: ${n} more are needed at byte ${at} of ${this.#bytes.length}`)
    }
    this.#at = at + n
    return at
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!
  }

  /** A number where that is exact, else a bigint. */
  long(): number | bigint {
    let value = 0
    let factor = 1
    for (let i = 0; i < 7; i++) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      factor *= 0x80
    }
    return this.#wide(BigInt(value))
  }

  #wide(low: bigint): number | bigint {
    let value = low
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        if (value >> 64n !== 0n) break
        const signed = (value >> 1n) ^ -(value & 1n)
        const number = Number(signed)
        return Number.isSafeInteger(number) ? number : signed
      }
    }
    throw new AvroValueError('A whole number takes more than 64 bits: these bytes are not of this schema')
  }

  int(): number {
    const value = this.long()
    if (typeof value === 'bigint' || value !== (value | 0)) {
      throw new AvroValueError(
        `An int must fit into 32 bits, and ${value} does not: these bytes are not of this schema`,
      )
    }
    return value
  }

  /** A length or a count: not negative, and small enough to count with. */
  #size(): number {
    const value = this.long()
    if (typeof value === 'bigint' || value < 0) {
      throw new AvroValueError(`A length cannot be ${value}: these bytes are not of this schema`)
    }
    return value
  }

  /** Items of the next block of an array or a map; 0 at the end. @param isEmptyItem whether an item may take no bytes */
  blockCount(isEmptyItem: boolean): number {
    const count = this.long()
    if (count === 0) return 0
    if (count < 0) this.#size() // a negative count is followed by the bytes of the block, for those who skip it
    const items = count < 0 ? -count : count
    if (!isEmptyItem && items > this.remaining) {
      throw new AvroValueError(`A block of ${items} items cannot be in the ${this.remaining} bytes that are left`)
    }
    if (isEmptyItem && (this.#emptyItems += Number(items)) > emptyItemsMax) {
      throw new AvroValueError(`A value may have ${emptyItemsMax} items that take no bytes, not more`)
    }
    return Number(items)
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#take(4))
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8))
  }

  /** A copy, so that what is kept of a value does not keep the batch that it came in. */
  raw(length: number): Uint8Array {
    const at = this.#take(length)
    return new Uint8Array(this.#bytes.subarray(at, at + length))
  }

  bytes(): Uint8Array {
    return this.raw(this.#size())
  }

  string(): string {
    const length = this.#size()
    const at = this.#take(length)
    return this.#bytes.toString('utf8', at, at + length)
  }
}

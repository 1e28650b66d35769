// Writes Avro's binary encoding into a buffer that grows.
// Source: the specification's chapter "Binary Encoding".

import { AvroValueError } from './value-error.ts'

/** Values within each other. A value that contains itself ends here too. */
export const valueDepthMax = 1000
/** Up to this, twice a long is still exact as a number. */
const doubledMax = 2 ** 51
const firstBytes = 256

export class ByteWriter {
  #bytes = Buffer.allocUnsafe(firstBytes)
  #length = 0
  #depth = 0
  #entriesLeft: number

  /** @param entriesMax records, arrays and maps that it takes */
  constructor(entriesMax = Number.POSITIVE_INFINITY) {
    this.#entriesLeft = entriesMax
  }

  /** Room for n more bytes; answers where they start. */
  #room(n: number): number {
    const at = this.#length
    if (at + n > this.#bytes.length) {
      const larger = Buffer.allocUnsafe((at + n) * 2)
      this.#bytes.copy(larger, 0, 0, at)
      this.#bytes = larger
    }
    this.#length = at + n
    return at
  }

  enter(): void {
    if (++this.#depth > valueDepthMax) {
      throw new AvroValueError(`The value is nested deeper than ${valueDepthMax} levels, or contains itself`)
    }
    if (this.#entriesLeft-- <= 0) throw new AvroValueError('The value has too many parts')
  }

  leave(): void {
    this.#depth--
  }

  byte(value: number): void {
    const at = this.#room(1)
    this.#bytes[at] = value
  }

  /** A whole number of 64 bits; as a number only when that is exact. */
  long(value: number | bigint): void {
    if (typeof value === 'bigint' || value > doubledMax || value < -doubledMax) {
      this.#wide(BigInt(value))
      return
    }
    let rest = value < 0 ? -value * 2 - 1 : value * 2
    while (rest > 0x7f) {
      this.byte((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.byte(rest)
  }

  #wide(value: bigint): void {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    while (rest > 0x7fn) {
      this.byte(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.byte(Number(rest))
  }

  float(value: number): void {
    const at = this.#room(4)
    this.#bytes.writeFloatLE(value, at)
  }

  double(value: number): void {
    const at = this.#room(8)
    this.#bytes.writeDoubleLE(value, at)
  }

  /** Without a length. */
  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
  }

  bytes(bytes: Uint8Array): void {
    this.long(bytes.length)
    this.raw(bytes)
  }

  string(text: string): void {
    const length = Buffer.byteLength(text)
    this.long(length)
    const at = this.#room(length)
    this.#bytes.write(text, at, length, 'utf8')
  }

  /** All bytes so far, as bytes of their own. */
  taken(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.#length))
  }
}

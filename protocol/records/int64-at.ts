// int64 in place: read and written at a position of a buffer, exact, without a bigint where a number is exact.

import type { Offset } from '../types.ts'
import { DecodeError } from '../wire/decode-error.ts'
import type { Int64 } from '../wire/int64.ts'

/** The int64 at a position. */
export function int64At(buffer: Buffer, position: number): Int64 {
  const high = buffer.readInt32BE(position)
  if (high >= -0x20_0000 && high < 0x20_0000) {
    const value = high * 0x1_0000_0000 + buffer.readUInt32BE(position + 4)
    if (value !== -0x20_0000_0000_0000) return value
  }
  return buffer.readBigInt64BE(position)
}

/** Writes an int64 at a position. */
export function setInt64At(buffer: Buffer, position: number, value: Int64): void {
  if (typeof value === 'bigint') {
    buffer.writeBigInt64BE(value, position)
    return
  }
  const high = Math.floor(value / 0x1_0000_0000)
  buffer.writeInt32BE(high, position)
  buffer.writeUInt32BE(value - high * 0x1_0000_0000, position + 4)
}

/** The int64 at a position as a number; beyond 2^53 nothing could be computed with it, so it is a DecodeError. */
export function safeInt64At(buffer: Buffer, position: number, what: string): number {
  const value = int64At(buffer, position)
  if (typeof value === 'bigint') throw new DecodeError(`${what} ${value} is beyond 2^53`)
  return value
}

/** Offsets up to here stay exact numbers whatever int32 is added to them. */
export const offsetMax = Number.MAX_SAFE_INTEGER - 0x8000_0000

/** The offset at a position; one that could not be computed with exactly is a DecodeError. */
export function offsetAt(buffer: Buffer, position: number): Offset {
  const value = int64At(buffer, position)
  if (typeof value === 'bigint' || Math.abs(value) > offsetMax) throw new DecodeError(`offset ${value} is beyond 2^53`)
  return value
}

/** Sum of two int64, wrapping round as Java's long does; a number where that is exact. */
export function addInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isSafeInteger(sum)) return sum
  }
  const wide = BigInt.asIntN(64, BigInt(a) + BigInt(b))
  const narrow = Number(wide)
  return Number.isSafeInteger(narrow) ? narrow : wide
}

/** Difference of two int64, wrapping round as Java's long does; a number where that is exact. */
export function subtractInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b
    if (Number.isSafeInteger(difference)) return difference
  }
  return addInt64(a, -BigInt(b))
}

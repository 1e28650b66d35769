// How many bytes a varint takes, and writing one at a position. Source: org.apache.kafka.common.utils.ByteUtils, Kafka 4.3.0.

import type { Int64 } from '../wire/int64.ts'

/** Bytes of the zigzag varint of an int32. */
export function varintSize(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0
  return raw < 0x80 ? 1 : raw < 0x4000 ? 2 : raw < 0x20_0000 ? 3 : raw < 0x1000_0000 ? 4 : 5
}

/** Bytes of the zigzag varint of an int64. */
export function varlongSize(value: Int64): number {
  if (typeof value === 'number' && value === value >> 0) return varintSize(value)
  const wide = BigInt(value)
  let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n))
  let size = 1
  while ((rest >>= 7n) > 0n) size += 1
  return size
}

/** Writes the zigzag varint of an int32 and answers the position behind it. */
export function writeVarint(buffer: Buffer, position: number, value: number): number {
  let at = position
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  buffer[at++] = rest
  return at
}

/** Writes the zigzag varint of an int64 and answers the position behind it. */
export function writeVarlong(buffer: Buffer, position: number, value: Int64): number {
  if (typeof value === 'number' && value === value >> 0) return writeVarint(buffer, position, value)
  const wide = BigInt(value)
  let at = position
  let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n))
  while (rest > 0x7fn) {
    buffer[at++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  buffer[at++] = Number(rest)
  return at
}

// One raw snappy block in JavaScript, for platforms without the native library.
// Format: the length as an unsigned varint, then elements: literals (tag 00), copies with an 11-bit offset (01), a 16-bit
// offset (10), a 32-bit offset (11). Source: snappy's format_description.txt.

import { DecodeError } from '../wire/decode-error.ts'

/** Copies span at most this far; each fragment of this size is compressed on its own. */
const fragmentBytes = 0x1_0000
const hashBits = 14
/** At best an element of 3 bytes makes 64. */
const ratioMax = 22

/** The length that a block declares; one that its bytes could not reach at best is a DecodeError. */
export function snappyBlockLength(block: Buffer): number {
  let length = 0
  for (let i = 0; i < 5; i += 1) {
    const byte = block[i]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte >= 0x80) continue
    if (length > block.length * ratioMax) throw new DecodeError(`snappy: ${block.length} bytes cannot hold ${length}`)
    return length
  }
  throw new DecodeError('snappy: a block without a length')
}

/** Decompresses into a target of the declared length and answers how many bytes were written. Throws DecodeError. */
export function decompressSnappyBlock(block: Buffer, target: Buffer): number {
  let at = 0
  while (block[at]! >= 0x80) at += 1
  at += 1
  let out = 0
  while (at < block.length) {
    const tag = block[at]!
    at += 1
    if ((tag & 3) === 0) {
      const extra = tag < 240 ? 0 : (tag >>> 2) - 59
      const length = extra === 0 ? (tag >>> 2) + 1 : littleEndian(block, at, extra) + 1
      at += extra
      if (length > block.length - at || length > target.length - out) throw new DecodeError('snappy: a literal is cut')
      target.set(block.subarray(at, at + length), out)
      at += length
      out += length
    } else {
      const extra = (tag & 3) === 3 ? 4 : tag & 3
      const low = littleEndian(block, at, extra)
      at += extra
      const offset = extra === 1 ? ((tag & 0xe0) << 3) | low : low
      const length = extra === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
      out = copyWithin(target, out, offset, length)
    }
  }
  return out
}

function littleEndian(block: Buffer, position: number, bytes: number): number {
  if (bytes > block.length - position) throw new DecodeError('snappy: a block ends inside an element')
  return block.readUIntLE(position, bytes)
}

/** Repeats `length` bytes from `offset` back; they may overlap what is being written. Answers the position behind them. */
function copyWithin(target: Buffer, position: number, offset: number, length: number): number {
  if (offset === 0 || offset > position) throw new DecodeError('snappy: a copy from before the start')
  if (length > target.length - position) throw new DecodeError('snappy: more bytes than declared')
  for (let i = position; i < position + length; i += 1) target[i] = target[i - offset]!
  return position + length
}

/** Compresses into one raw block. */
export function compressSnappyBlock(bytes: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(32 + bytes.length + Math.ceil(bytes.length / 6))
  let at = 0
  let rest = bytes.length
  while (rest > 0x7f) {
    out[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  out[at++] = rest
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let start = 0; start < input.length; start += fragmentBytes) {
    at = compressFragment(input.subarray(start, start + fragmentBytes), out, at)
  }
  return out.subarray(0, at)
}

function compressFragment(input: Buffer, out: Buffer, position: number): number {
  const seen = new Uint16Array(1 << hashBits)
  let at = position
  let literalStart = 0
  let next = 1
  while (next + 4 <= input.length) {
    const word = input.readInt32LE(next)
    const slot = Math.imul(word, 0x1e35_a7bd) >>> (32 - hashBits)
    const candidate = seen[slot]!
    seen[slot] = next
    if (candidate >= next || input.readInt32LE(candidate) !== word) {
      next += 1 + ((next - literalStart) >>> 5)
      continue
    }
    let end = next + 4
    while (end < input.length && input[end] === input[candidate + end - next]) end += 1
    at = writeLiteral(input.subarray(literalStart, next), out, at)
    at = writeCopies(next - candidate, end - next, out, at)
    literalStart = end
    next = end
  }
  return writeLiteral(input.subarray(literalStart), out, at)
}

function writeLiteral(literal: Buffer, out: Buffer, position: number): number {
  if (literal.length === 0) return position
  let at = position
  const last = literal.length - 1
  if (last < 60) out[at++] = last << 2
  else {
    const extra = last < 0x100 ? 1 : 2
    out[at++] = (59 + extra) << 2
    out.writeUIntLE(last, at, extra)
    at += extra
  }
  out.set(literal, at)
  return at + literal.length
}

function writeCopies(offset: number, length: number, out: Buffer, position: number): number {
  let at = position
  for (let rest = length; rest > 0; ) {
    const now = Math.min(rest, 64)
    out[at] = ((now - 1) << 2) | 2
    out.writeUInt16LE(offset, at + 1)
    at += 3
    rest -= now
  }
  return at
}

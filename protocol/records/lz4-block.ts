// One lz4 block in JavaScript, for platforms without the native library.
// Format: sequences of a token (literal length, match length less 4), more length bytes while they are 255, the literals,
// and a 16-bit offset back to the match; the last sequence has literals only. Source: lz4_Block_format.md.

import { DecodeError } from '../wire/decode-error.ts'

const matchBytesMin = 4
/** The last match starts at least this far from the end, and the last 5 bytes are literals: the format's end conditions. */
const matchStartMargin = 12
const literalTail = 5
const hashBits = 13
const offsetMax = 0xffff

/** Decompresses into a target and answers how many bytes were written. Damage, or more than fits, is a DecodeError. */
export function decompressLz4Block(block: Buffer, target: Buffer): number {
  let at = 0
  let out = 0
  for (;;) {
    const token = byteAt(block, at)
    at += 1
    let literals = token >>> 4
    if (literals === 15) for (let byte = 255; byte === 255; literals += byte) byte = byteAt(block, at++)
    if (literals > block.length - at) throw new DecodeError('lz4: a block ends inside its literals')
    if (literals > target.length - out) throw new DecodeError('lz4: a block has more bytes than allowed')
    target.set(block.subarray(at, at + literals), out)
    at += literals
    out += literals
    if (at === block.length) return out
    if (block.length - at < 2) throw new DecodeError('lz4: a block ends inside a match')
    const offset = block.readUInt16LE(at)
    at += 2
    let length = (token & 15) + matchBytesMin
    if ((token & 15) === 15) for (let byte = 255; byte === 255; length += byte) byte = byteAt(block, at++)
    if (offset === 0 || offset > out) throw new DecodeError('lz4: a match from before the start')
    if (length > target.length - out) throw new DecodeError('lz4: a block has more bytes than allowed')
    for (const end = out + length; out < end; out += 1) target[out] = target[out - offset]!
  }
}

function byteAt(block: Buffer, position: number): number {
  const byte = block[position]
  if (byte === undefined) throw new DecodeError('lz4: a block is cut')
  return byte
}

/** Compresses up to 64 KiB into one block; of bytes that do not compress it is longer than they are. */
export function compressLz4Block(bytes: Uint8Array): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out = Buffer.allocUnsafe(16 + input.length + Math.ceil(input.length / 255))
  const seen = new Uint16Array(1 << hashBits)
  let at = 0
  let literalStart = 0
  let next = 1
  while (next + matchStartMargin <= input.length) {
    const word = input.readInt32LE(next)
    const slot = Math.imul(word, 0x9e37_79b1) >>> (32 - hashBits)
    const candidate = seen[slot]!
    seen[slot] = next
    if (candidate >= next || next - candidate > offsetMax || input.readInt32LE(candidate) !== word) {
      next += 1 + ((next - literalStart) >>> 6)
      continue
    }
    let end = next + matchBytesMin
    const endMax = input.length - literalTail
    while (end < endMax && input[end] === input[candidate + end - next]) end += 1
    at = writeSequence(out, at, input.subarray(literalStart, next), next - candidate, end - next)
    literalStart = end
    next = end
  }
  return out.subarray(0, writeSequence(out, at, input.subarray(literalStart), 0, 0))
}

/** Literals, then a match; a match of length 0 is the end of the block. Answers the position behind them. */
function writeSequence(out: Buffer, position: number, literals: Buffer, offset: number, matchLength: number): number {
  const matchExtra = Math.max(matchLength - matchBytesMin, 0)
  let at = position
  out[at++] = (Math.min(literals.length, 15) << 4) | Math.min(matchExtra, 15)
  at = writeLengthRest(out, at, literals.length)
  out.set(literals, at)
  at += literals.length
  if (matchLength === 0) return at
  out.writeUInt16LE(offset, at)
  return writeLengthRest(out, at + 2, matchExtra)
}

function writeLengthRest(out: Buffer, position: number, length: number): number {
  if (length < 15) return position
  let at = position
  let rest = length - 15
  for (; rest >= 255; rest -= 255) out[at++] = 255
  out[at++] = rest
  return at
}

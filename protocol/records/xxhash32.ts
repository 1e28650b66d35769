// xxHash, 32 bits: the checksum inside lz4 frames. Source: the xxHash specification 0.1.1.

const prime1 = 0x9e37_79b1
const prime2 = 0x85eb_ca77
const prime3 = 0xc2b2_ae3d
const prime4 = 0x27d4_eb2f
const prime5 = 0x1656_67b1

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
function round(lane: number, word: number): number {
  return Math.imul(rotate((lane + Math.imul(word, prime2)) | 0, 13), prime1)
}

/** Unsigned hash of the bytes. */
export function xxhash32(bytes: Uint8Array, seed = 0): number {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  let hash = (seed + prime5) | 0
  if (input.length >= 16) {
    let a = (seed + prime1 + prime2) | 0
    let b = (seed + prime2) | 0
    let c = seed | 0
    let d = (seed - prime1) | 0
    for (; at + 16 <= input.length; at += 16) {
      a = round(a, input.readInt32LE(at))
      b = round(b, input.readInt32LE(at + 4))
      c = round(c, input.readInt32LE(at + 8))
      d = round(d, input.readInt32LE(at + 12))
    }
    hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0
  }
  hash = (hash + input.length) | 0
  for (; at + 4 <= input.length; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(input.readInt32LE(at), prime3)) | 0, 17), prime4)
  }
  for (; at < input.length; at += 1) {
    hash = Math.imul(rotate((hash + Math.imul(input[at]!, prime5)) | 0, 11), prime1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2)
  hash = Math.imul(hash ^ (hash >>> 13), prime3)
  return (hash ^ (hash >>> 16)) >>> 0
}

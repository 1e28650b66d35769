// gzip, by Node's own zlib. Several members one after the other are read as one, as Java's GZIPInputStream does.

import { gunzipSync, gzipSync } from 'node:zlib'
import { DecodeError } from '../wire/decode-error.ts'
import { type Decompression, plainDecompression } from './decompression.ts'

/** Kafka's default, compression.gzip.level=-1: the library's choice, which is 6. */
export const gzipLevelDefault = -1

/** Deflate cannot make more than this many bytes of one. */
const ratioMax = 1032
/** Smaller pieces of memory are not taken, or a size of 0 in the trailer of a large member would make millions of them. */
const chunkBytesMin = 16 * 1024

export function gzip(bytes: Uint8Array, level = gzipLevelDefault): Buffer {
  return gzipSync(bytes, { level })
}

/** Throws DecodeError when the data is damaged or has more than `bytesMax` bytes. */
export function gunzip(bytes: Buffer, bytesMax: number, means = plainDecompression): Buffer {
  return gunzipMember(bytes, bytesMax, means) ?? gunzipAny(bytes, bytesMax)
}

/** The size in the trailer, or what can come out at best where that is less. */
export function gunzipBound(bytes: Buffer): number {
  return Math.min(declaredBytes(bytes), bytes.length * ratioMax)
}

function declaredBytes(bytes: Buffer): number {
  return bytes.length < 4 ? 0 : bytes.readUInt32LE(bytes.length - 4)
}

/** What a producer sends is one member with its true size behind it: whatever is not comes back undefined. */
function gunzipMember(bytes: Buffer, bytesMax: number, { compiled, room }: Decompression): Buffer | undefined {
  const declared = declaredBytes(bytes)
  if (compiled.gzipMember === undefined || declared > bytesMax || declared > bytes.length * ratioMax) return undefined
  const target = room(declared)
  return compiled.gzipMember(bytes, target) === declared ? target : undefined
}

function gunzipAny(bytes: Buffer, bytesMax: number): Buffer {
  try {
    const out = gunzipSync(bytes, { maxOutputLength: Math.max(bytesMax, 1), chunkSize: chunkSize(bytes, bytesMax) })
    if (out.length > bytesMax) throw new Error(`more than ${bytesMax} bytes`)
    return out
  } catch (cause) {
    throw new DecodeError(`gzip: ${(cause as Error).message}`)
  }
}

/** The size in the trailer when it can be true, so that the common case is one piece of memory without copying. */
function chunkSize(bytes: Buffer, bytesMax: number): number {
  // One byte more than declared: a piece that is full to the brim makes zlib ask for another one.
  return Math.max(chunkBytesMin, Math.min(declaredBytes(bytes) + 1, bytes.length * ratioMax, bytesMax))
}

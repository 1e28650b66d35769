// zstd, by Node's own zlib where it has it (22.15 and later), otherwise by a WebAssembly build of the reference library.
// The latter keeps the memory it once needed: at most the limit plus the largest batch read, plus what compressing takes.
// Source of the levels: org.apache.kafka.common.record.internal.CompressionType, Kafka 4.3.0.

import zlib from 'node:zlib'
import { DecodeError } from '../wire/decode-error.ts'
import { type DecompressInto, ownRoom, type Room } from './decompression.ts'
import { nativeModule } from './native-module.ts'
import { withWindow, type ZstdFrame, zstdFrames } from './zstd-frame.ts'

export const zstdLevelDefault = 3

/** Whole frames in and out, by one library or another. */
export interface ZstdCodec {
  compress(bytes: Uint8Array, level: number): Buffer
  readonly decompress: DecompressFrame
}

/** Throws whatever the library throws when the frame is damaged or makes more than `bytesMax` bytes. */
export type DecompressFrame = (frame: ZstdFrame, bytesMax: number, room: Room) => Buffer

/** What zlib has of zstd; the types of Node 20 do not know it. */
interface ZlibZstd {
  zstdCompressSync(bytes: Uint8Array, options: object): Buffer
  zstdDecompressSync(bytes: Uint8Array, options: object): Buffer
  readonly constants: { readonly ZSTD_c_compressionLevel: number }
}

function zlibCodec(): ZstdCodec | undefined {
  if (!('zstdDecompressSync' in zlib)) return undefined
  const { zstdCompressSync, zstdDecompressSync, constants } = zlib as unknown as ZlibZstd
  return {
    compress: (bytes, level) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } }),
    decompress: (frame, bytesMax) => {
      // One byte more than can come out: a piece of memory that is full to the brim makes zlib ask for another one.
      const options = { maxOutputLength: Math.max(bytesMax, 1), chunkSize: Math.max(bytesMax + 1, 64) }
      return zstdDecompressSync(withWindow(frame, bytesMax), options)
    },
  }
}

/** The WebAssembly build; undefined where zlib has zstd, so that it is not even loaded there. */
async function wasmCodec(): Promise<ZstdCodec | undefined> {
  const library = nativeModule<typeof import('@foxglove/wasm-zstd')>('@foxglove/wasm-zstd')
  const isLoaded = await library?.isLoaded.then(
    () => true,
    () => false,
  )
  if (library === undefined || !isLoaded) return undefined
  return {
    compress: (bytes, level) => library.compress(bytes, level),
    decompress: (frame, bytesMax) => library.decompress(frame.bytes, bytesMax),
  }
}

/** Compiled code that writes into the room that it is given. */
export function compiledZstd(decompress: DecompressInto): DecompressFrame {
  return (frame, bytesMax, room) => {
    const target = room(bytesMax)
    const length = decompress(frame.bytes, target)
    if (length < 0) throw new Error('the library refuses the frame')
    return target.subarray(0, length)
  }
}

export const zlibZstd = zlibCodec()
export const wasmZstd = zlibZstd ? undefined : await wasmCodec()

function library(): ZstdCodec {
  const codec = zlibZstd ?? wasmZstd
  if (codec === undefined)
    throw new Error('zstd is not available: neither in zlib nor as the package @foxglove/wasm-zstd')
  return codec
}

export function compressZstd(bytes: Uint8Array, level = zstdLevelDefault, codec = library()): Buffer {
  return codec.compress(bytes, level)
}

/** Throws DecodeError when the data is damaged or has more than `bytesMax` bytes. */
export function decompressZstd(
  bytes: Buffer,
  bytesMax: number,
  decompress: DecompressFrame = library().decompress,
  room = ownRoom,
): Buffer {
  const parts: Buffer[] = []
  const frames = zstdFrames(bytes)
  let left = bytesMax
  for (const frame of frames) {
    // Only one of them can have the room, which may be the same for all.
    const part = decompressFrame(frame, left, decompress, frames.length === 1 ? room : ownRoom)
    parts.push(part)
    left -= part.length
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

/** What the frames say that they hold, or could hold at most. Throws DecodeError when they are damaged. */
export function zstdBound(bytes: Buffer): number {
  let bound = 0
  for (const { contentBytes, bytesBound } of zstdFrames(bytes))
    bound += Math.min(contentBytes ?? bytesBound, bytesBound)
  return bound
}

function decompressFrame(frame: ZstdFrame, left: number, decompress: DecompressFrame, room: Room): Buffer {
  const declared = frame.contentBytes ?? 0
  if (declared > left) throw new DecodeError(`zstd: ${declared} bytes are more than the limit leaves, ${left}`)
  if (declared > frame.bytesBound) throw new DecodeError(`zstd: the frame cannot hold ${declared} bytes`)
  try {
    const out = decompress(frame, Math.min(frame.contentBytes ?? frame.bytesBound, left), room)
    if (out.length > left) throw new Error(`more than ${left} bytes`) // zlib has no limit of 0
    return out
  } catch (cause) {
    throw new DecodeError(`zstd: damaged, or more bytes than the limit leaves: ${(cause as Error).message}`)
  }
}

// Snappy as Kafka's Java library frames it (the "xerial" stream: a 16-byte header, then blocks of an int32 length and a raw
// snappy block of up to 32 KiB), and as other clients send it, a single raw block. Kafka writes the former and reads both.
// Source: org.xerial.snappy.SnappyInputStream and SnappyOutputStream 1.1.10.

import { DecodeError } from '../wire/decode-error.ts'
import { type DecompressInto, ownRoom } from './decompression.ts'
import { nativeModule } from './native-module.ts'
import { compressSnappyBlock, decompressSnappyBlock, snappyBlockLength } from './snappy-block.ts'

const native = nativeModule<typeof import('snappy')>('snappy')

const streamMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
/** Magic, then the version 1 and the oldest version 1 that can read it. */
const streamHeader = Buffer.concat([streamMagic, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const streamHeaderHead = streamMagic.readInt32BE(0)
const blockBytes = 32 * 1024

/** One raw block in our own code or the native library's: same format, other speed. */
export interface SnappyBlockCodec {
  compress(bytes: Uint8Array): Uint8Array
  /** The target has the length that the block declares. Throws whatever the library throws, or answers -1. */
  readonly decompress: DecompressInto
}

export const portableSnappy: SnappyBlockCodec = { compress: compressSnappyBlock, decompress: decompressSnappyBlock }

// The library's own memory as a Buffer costs more to hand over than these few KiB cost to copy: 3 to 9 times as much time.
export const nativeSnappy: SnappyBlockCodec | undefined = native && {
  compress: bytes => native.compressSync(bytes, { copyOutputData: true }),
  decompress: (block, target) => {
    const bytes = native.uncompressSync(block, { asBuffer: true, copyOutputData: true }) as Buffer
    target.set(bytes)
    return bytes.length
  },
}

const fastest = nativeSnappy ?? portableSnappy

/** A raw block without framing. */
export function compressSnappyRaw(bytes: Uint8Array, codec = fastest): Buffer {
  const block = codec.compress(bytes)
  return Buffer.from(block.buffer, block.byteOffset, block.byteLength)
}

/** The framed stream that Kafka writes. */
export function compressSnappy(bytes: Uint8Array, codec = fastest): Buffer {
  const parts: Uint8Array[] = [streamHeader]
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = codec.compress(bytes.subarray(at, at + blockBytes))
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/** Reads both forms. Throws DecodeError when the data is damaged or declares more than `bytesMax` bytes. */
export function decompressSnappy(
  bytes: Buffer,
  bytesMax: number,
  decompress: DecompressInto = fastest.decompress,
  room = ownRoom,
): Buffer {
  const blocks = blocksOf(bytes)
  let total = 0
  for (const block of blocks) {
    total += snappyBlockLength(block)
    if (total > bytesMax) throw new DecodeError(`snappy: more than ${bytesMax} bytes`)
  }
  const out = room(total)
  let at = 0
  for (const block of blocks) at += decompressBlock(decompress, block, out.subarray(at, at + snappyBlockLength(block)))
  return out
}

/** What the blocks say that they hold. Throws DecodeError when the framing is damaged. */
export function snappyBound(bytes: Buffer): number {
  return blocksOf(bytes).reduce((bound, block) => bound + snappyBlockLength(block), 0)
}

function blocksOf(bytes: Buffer): Buffer[] {
  return streamMagic.equals(bytes.subarray(0, 8)) ? streamBlocks(bytes) : [bytes]
}

function decompressBlock(decompress: DecompressInto, block: Buffer, target: Buffer): number {
  try {
    if (decompress(block, target) === target.length) return target.length
  } catch (cause) {
    throw new DecodeError(`snappy: ${(cause as Error).message}`)
  }
  throw new DecodeError('snappy: a block is damaged, or does not hold what it says')
}

/** Views of the raw blocks of a framed stream. Another header may stand between blocks: joined streams are one stream. */
function streamBlocks(bytes: Buffer): Buffer[] {
  if (bytes.length < streamHeader.length) throw new DecodeError('snappy: the stream ends inside its header')
  if (bytes.readInt32BE(8) < 1) throw new DecodeError(`snappy: stream version ${bytes.readInt32BE(8)} does not exist`)
  const blocks: Buffer[] = []
  for (let at = streamHeader.length; at < bytes.length; ) {
    if (bytes.length - at < 4) throw new DecodeError('snappy: the stream ends inside a block length')
    const length = bytes.readInt32BE(at)
    if (length === streamHeaderHead) {
      if (bytes.length - at < streamHeader.length) throw new DecodeError('snappy: the stream ends inside a header')
      at += streamHeader.length
      continue
    }
    if (length < 0 || length > bytes.length - at - 4) throw new DecodeError(`snappy: a block of ${length} bytes is cut`)
    blocks.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return blocks
}

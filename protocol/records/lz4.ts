// The lz4 frame format as far as Kafka uses it: one frame of independent blocks. Written with blocks of 64 KiB and without
// checksums or content size, as Kafka does; read with every block size, with block checksums verified, and, like Kafka,
// with the content checksum skipped and nothing behind the frame looked at. Frames of dependent blocks are refused, also
// as Kafka does. In magic 0 the header checksum is not looked at: Kafka then computed it over the wrong bytes.
// Left out: Kafka's levels 1 to 17 choose a slower, tighter compressor; here there is only the fast one.
// Source: org.apache.kafka.common.compress.Lz4BlockInputStream and Lz4BlockOutputStream, Kafka 4.3.0; lz4_Frame_format.md.

import { DecodeError } from '../wire/decode-error.ts'
import { type DecompressInto, ownRoom } from './decompression.ts'
import { compressLz4Block, decompressLz4Block } from './lz4-block.ts'
import { nativeModule } from './native-module.ts'
import { xxhash32 } from './xxhash32.ts'

const native = nativeModule<typeof import('lz4-napi')>('lz4-napi')

const frameMagic = 0x184d_2204
const blockBytes = 0x1_0000
const uncompressedFlag = 0x8000_0000
/** At best a byte of an lz4 block makes 255. */
const ratioMax = 255
/** Magic, version 1 with independent blocks, blocks of 64 KiB, and the checksum of these two bytes. */
const frameHeader = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])

/** One lz4 block in our own code or the native library's: same format, other speed. */
export interface Lz4BlockCodec {
  compress(bytes: Uint8Array): Uint8Array
  /** Throws whatever the library throws, or answers -1. */
  readonly decompress: DecompressInto
}

export const portableLz4: Lz4BlockCodec = { compress: compressLz4Block, decompress: decompressLz4Block }

export const nativeLz4: Lz4BlockCodec | undefined = native && {
  // The library puts the uncompressed size before the block; the frame has no place for it.
  compress: bytes => native.compressSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).subarray(4),
  // The size before the block is how much the library allocates, and what it refuses to exceed.
  decompress: (block, target) => {
    const sized = Buffer.allocUnsafe(4 + block.length)
    sized.writeUInt32LE(target.length)
    sized.set(block, 4)
    const bytes = native.uncompressSync(sized)
    target.set(bytes)
    return bytes.length
  },
}

const fastest = nativeLz4 ?? portableLz4

/** The frame that Kafka writes. */
export function compressLz4(bytes: Uint8Array, codec = fastest): Buffer {
  const parts: Uint8Array[] = [frameHeader]
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const raw = bytes.subarray(at, at + blockBytes)
    const block = codec.compress(raw)
    const length = Buffer.allocUnsafe(4)
    if (block.length < raw.length) {
      length.writeUInt32LE(block.length)
      parts.push(length, block)
    } else {
      length.writeUInt32LE((raw.length | uncompressedFlag) >>> 0)
      parts.push(length, raw)
    }
  }
  parts.push(Buffer.alloc(4))
  return Buffer.concat(parts)
}

/** Throws DecodeError when the frame is damaged or has more than `bytesMax` bytes. */
export function decompressLz4(
  bytes: Buffer,
  bytesMax: number,
  magic = 2,
  decompress: DecompressInto = fastest.decompress,
  room = ownRoom,
): Buffer {
  const { blocks, blockBytesMax } = readFrame(bytes, magic)
  let bound = 0
  for (const block of blocks) bound += blockBound(block, blockBytesMax)
  const out = room(Math.min(bound, bytesMax))
  let at = 0
  for (const block of blocks) {
    const target = out.subarray(at, at + blockBound(block, blockBytesMax))
    at += block.compressed ? decompressBlock(decompress, block.bytes, target) : copyBlock(block.bytes, target)
  }
  return out.subarray(0, at)
}

/** What the blocks of a frame make at most. Throws DecodeError when the frame is damaged. */
export function lz4Bound(bytes: Buffer): number {
  const { blocks, blockBytesMax } = readFrame(bytes, 2)
  return blocks.reduce((bound, block) => bound + blockBound(block, blockBytesMax), 0)
}

interface Block {
  readonly bytes: Buffer
  readonly compressed: boolean
}

/** How many bytes a block can make at most. */
function blockBound({ bytes, compressed }: Block, blockBytesMax: number): number {
  return compressed ? Math.min(bytes.length * ratioMax, blockBytesMax) : bytes.length
}

function copyBlock(bytes: Buffer, target: Buffer): number {
  if (bytes.length > target.length) throw new DecodeError('lz4: more bytes than the limit')
  target.set(bytes)
  return bytes.length
}

function decompressBlock(decompress: DecompressInto, block: Buffer, target: Buffer): number {
  let written: number
  try {
    written = decompress(block, target)
  } catch (cause) {
    throw new DecodeError(`lz4: damaged, or more bytes than the limit: ${(cause as Error).message}`)
  }
  if (written < 0) throw new DecodeError('lz4: a block is damaged, or has more bytes than the limit')
  return written
}

/** Checks the frame and answers views of its blocks. */
function readFrame(bytes: Buffer, magic: number): { blocks: Block[]; blockBytesMax: number } {
  const { flags, blockBytesMax, headerBytes } = readFrameHeader(bytes, magic)
  const checksumBytes = flags & 0x10 ? 4 : 0
  const blocks: Block[] = []
  for (let at = headerBytes; ; ) {
    const field = uint32At(bytes, at)
    at += 4
    const length = field & ~uncompressedFlag
    if (length === 0) {
      if (flags & 0x04) uint32At(bytes, at) // the content checksum must be there
      return { blocks, blockBytesMax }
    }
    if (length > blockBytesMax) throw new DecodeError(`lz4: a block of ${length} bytes, but at most ${blockBytesMax}`)
    if (length + checksumBytes > bytes.length - at) throw new DecodeError('lz4: the frame ends inside a block')
    const block = bytes.subarray(at, at + length)
    if (checksumBytes > 0 && xxhash32(block) !== uint32At(bytes, at + length)) {
      throw new DecodeError('lz4: a block is damaged: its checksum is another one')
    }
    blocks.push({ bytes: block, compressed: field < uncompressedFlag })
    at += length + checksumBytes
  }
}

function readFrameHeader(bytes: Buffer, magic: number): { flags: number; blockBytesMax: number; headerBytes: number } {
  if (uint32At(bytes, 0) !== frameMagic) throw new DecodeError('lz4: not a frame')
  if (bytes.length < 7) throw new DecodeError('lz4: the frame ends inside its header')
  const flags = bytes[4]!
  const sizes = bytes[5]!
  if (flags >>> 6 !== 1 || (flags & 0x03) !== 0) throw new DecodeError(`lz4: flags ${flags} are not understood`)
  if ((flags & 0x20) === 0) throw new DecodeError('lz4: blocks that depend on each other are not understood')
  if ((sizes & 0x8f) !== 0 || sizes < 0x40) throw new DecodeError(`lz4: block size ${sizes} does not exist`)
  const checksumAt = flags & 0x08 ? 14 : 6
  const checksum = bytes[checksumAt]
  if (checksum === undefined) throw new DecodeError('lz4: the frame ends inside its header')
  if (magic > 0 && checksum !== ((xxhash32(bytes.subarray(4, checksumAt)) >>> 8) & 0xff)) {
    throw new DecodeError('lz4: the header is damaged: its checksum is another one')
  }
  return { flags, blockBytesMax: 1 << (8 + 2 * (sizes >>> 4)), headerBytes: checksumAt + 1 }
}

function uint32At(bytes: Buffer, position: number): number {
  if (position + 4 > bytes.length) throw new DecodeError('lz4: the frame is cut')
  return bytes.readUInt32LE(position)
}

// The outside of zstd frames: header and block sizes, without decompressing. It tells how many bytes a frame can make before
// any memory is taken for them. Source: RFC 8878, section 3.1.

import { DecodeError } from '../wire/decode-error.ts'

const frameMagic = 0xfd2f_b528
/** Frames of other data, to be skipped, have one of 16 magics. */
const skippableMagic = 0x184d_2a50
const blockBytesMax = 128 * 1024
/** Kafka's library reads no frame with a larger window (ZSTD_WINDOWLOG_LIMIT_DEFAULT). */
const windowBytesMax = 2 ** 27

/** One frame. `bytesBound` is what its blocks can make at most, `contentBytes` what it says it makes, if it says so. */
export interface ZstdFrame {
  readonly bytes: Buffer
  readonly contentBytes: number | undefined
  readonly bytesBound: number
  /** How far back matches reach; a decompressor that streams takes so much memory. 0: as far as the content. */
  readonly windowBytes: number
}

/** The frames of the bytes, skippable ones left out. Throws DecodeError when the bytes are not whole frames. */
export function zstdFrames(bytes: Buffer): ZstdFrame[] {
  const frames: ZstdFrame[] = []
  for (let at = 0; at < bytes.length; ) {
    const magic = uintAt(bytes, at, 4)
    if (magic === frameMagic) {
      const frame = readFrame(bytes, at)
      frames.push(frame)
      at += frame.bytes.length
    } else if (magic - (magic % 16) === skippableMagic) {
      at += 8 + uintAt(bytes, at + 4, 4)
      if (at > bytes.length) throw new DecodeError('zstd: a skippable frame is cut')
    } else throw new DecodeError('zstd: not a frame')
  }
  return frames
}

function readFrame(bytes: Buffer, start: number): ZstdFrame {
  const descriptor = uintAt(bytes, start + 4, 1)
  const singleSegment = (descriptor & 0x20) !== 0
  if (descriptor & 0x08) throw new DecodeError('zstd: a reserved bit of the frame header is set')
  let at = start + 5
  const windowBytes = singleSegment ? 0 : windowOf(uintAt(bytes, at, 1))
  if (windowBytes > windowBytesMax) throw new DecodeError(`zstd: a window of ${windowBytes} bytes is too large`)
  at += singleSegment ? 0 : 1
  at += [0, 1, 2, 4][descriptor & 3]! // dictionary id; the decompressor refuses one that it does not have
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6]!
  const contentBytes = sizeBytes === 0 ? undefined : contentSizeAt(bytes, at, sizeBytes)
  const blocks = walkBlocks(bytes, at + sizeBytes, Math.min(windowBytes || contentBytes || 0, blockBytesMax))
  const end = blocks.end + (descriptor & 0x04 ? 4 : 0)
  if (end > bytes.length) throw new DecodeError('zstd: a frame is cut')
  return { bytes: bytes.subarray(start, end), contentBytes, bytesBound: blocks.bytesBound, windowBytes }
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3))
  return base + (base / 8) * (descriptor & 7)
}

function contentSizeAt(bytes: Buffer, position: number, sizeBytes: number): number {
  if (sizeBytes === 8) return uintAt(bytes, position, 4) + uintAt(bytes, position + 4, 4) * 2 ** 32
  return uintAt(bytes, position, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
}

/** Steps over the blocks of a frame, of which each makes at most `blockMax` bytes. */
function walkBlocks(bytes: Buffer, start: number, blockMax: number): { end: number; bytesBound: number } {
  let bytesBound = 0
  for (let at = start; ; ) {
    const header = uintAt(bytes, at, 3)
    const type = (header >>> 1) & 3
    const size = header >>> 3
    if (type === 3) throw new DecodeError('zstd: a block of a reserved type')
    if (size > blockMax) throw new DecodeError(`zstd: a block of ${size} bytes, but at most ${blockMax}`)
    at += 3 + (type === 1 ? 1 : size)
    bytesBound += type === 2 ? blockMax : size
    if (at > bytes.length) throw new DecodeError('zstd: a frame is cut')
    if (header & 1) return { end: at, bytesBound }
  }
}

function uintAt(bytes: Buffer, position: number, length: number): number {
  if (position + length > bytes.length) throw new DecodeError('zstd: a frame is cut')
  return bytes.readUIntLE(position, length)
}

/**
 * The frame with a smaller window, for a decompressor that would take the declared one as memory. Matches never reach
 * further back than there are bytes before them, so a window of `contentMax` bytes serves when no more bytes come out.
 */
export function withWindow(frame: ZstdFrame, contentMax: number): Buffer {
  const exponent = Math.max(Math.ceil(Math.log2(Math.max(contentMax, 1))), Math.log2(blockBytesMax))
  if (frame.windowBytes <= 2 ** exponent) return frame.bytes
  const copy = Buffer.from(frame.bytes)
  copy[5] = (exponent - 10) << 3
  return copy
}

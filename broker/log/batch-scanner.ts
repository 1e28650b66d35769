// Walks the batches of a segment file, header by header, reading ahead in chunks of bounded size.
//
// A position inside a batch is a mistake of the caller that shows as DecodeError or as nonsense, so a scan begins at 0 or at
// a position from the offset index. The scan ends without an error at a batch that is not complete, as Kafka's does.
// Source: Kafka 4.3.0's FileLogInputStream.

import { DiskError, type DiskFile } from '../../io/disk.ts'
import {
  baseOffsetOf,
  crcOf,
  lastOffsetOf,
  magicOf,
  maxTimestampOf,
  recordBatchOverhead,
} from '../../protocol/records/batch-header.ts'
import { checkBatch, nextBatchSize } from '../../protocol/records/batches.ts'
import { crc32c } from '../../protocol/records/crc32c.ts'
import { legacyTimestampOf } from '../../protocol/records/legacy-record.ts'
import type { Offset, Position } from '../../protocol/types.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'

/** What a scan over headers alone reads at once: batches are mostly larger, so that more would be read in vain. */
export const headerChunkBytes = 8 * 1024
/** What a scan over whole segments reads at once. */
export const segmentChunkBytes = 1024 * 1024

/** A file, or one that is opened when it is read. */
type Readable = Pick<DiskFile, 'path' | 'read'>

export class BatchScanner {
  readonly #file: Readable
  readonly #end: Position
  readonly #chunkBytes: number
  #chunk: Buffer = Buffer.alloc(0)
  #chunkAt: Position
  #next: Position
  #at: Position
  #size = 0

  constructor(file: Readable, start: Position, end: Position, chunkBytes = headerChunkBytes) {
    this.#file = file
    this.#end = end
    this.#chunkBytes = chunkBytes
    this.#chunkAt = start
    this.#next = start
    this.#at = start
  }

  /** Position of the current batch. */
  get position(): Position {
    return this.#at
  }

  /** Bytes of the current batch. */
  get size(): number {
    return this.#size
  }

  /** Behind the last batch that was there. */
  get nextPosition(): Position {
    return this.#next
  }

  /** A buffer with the whole header of the current batch, and where in it the batch begins. Valid until `next`. */
  get header(): Buffer {
    return this.#chunk
  }

  get headerAt(): number {
    return this.#at - this.#chunkAt
  }

  /** Moves to the next batch; false at the end, or where a batch is cut. Throws DecodeError where no batch can be. */
  async next(): Promise<boolean> {
    const at = this.#next
    if (this.#end - at <= 17) return false
    await this.#have(at, Math.min(recordBatchOverhead, this.#end - at))
    const size = nextBatchSize(this.#chunk, at - this.#chunkAt)
    if (size < recordBatchOverhead && magicOf(this.#chunk, at - this.#chunkAt) === 2) {
      throw new DecodeError(`batch of ${size} bytes at ${at} is smaller than its header`)
    }
    if (size > this.#end - at) return false
    this.#at = at
    this.#size = size
    this.#next = at + size
    return true
  }

  /** Moves on until `isFound` says so of a batch; false when the end comes first. */
  async find(isFound: (scanner: BatchScanner) => boolean): Promise<boolean> {
    while (await this.next()) if (isFound(this)) return true
    return false
  }

  get baseOffset(): Offset {
    return baseOffsetOf(this.#chunk, this.headerAt)
  }

  get lastOffset(): Offset {
    return lastOffsetOf(this.#chunk, this.headerAt)
  }

  get maxTimestamp(): Int64 {
    return maxTimestampOfAny(this.#chunk, this.headerAt)
  }

  /** The whole current batch; a view that is valid until `next`. */
  async batch(): Promise<Buffer> {
    await this.#have(this.#at, this.#size)
    return this.#chunk.subarray(this.headerAt, this.headerAt + this.#size)
  }

  /** Throws DecodeError when the current batch is damaged. */
  async check(): Promise<void> {
    const isLarge = this.#size > this.#chunkBytes && magicOf(this.#chunk, this.headerAt) === 2
    if (isLarge) await this.#checkInPieces()
    else checkBatch(await this.batch())
  }

  // So that a length gone bad cannot ask for a gigabyte of memory.
  async #checkInPieces(): Promise<void> {
    const stored = crcOf(this.#chunk, this.headerAt)
    const end = this.#at + this.#size
    let computed = 0
    for (let at = this.#at + 21; at < end; at += this.#chunkBytes) {
      computed = crc32c(await this.#read(at, Math.min(this.#chunkBytes, end - at)), computed)
    }
    if (stored !== computed)
      throw new DecodeError(`batch is damaged: its checksum is ${stored}, its bytes have ${computed}`)
  }

  async #have(at: Position, length: number): Promise<void> {
    if (at >= this.#chunkAt && at + length <= this.#chunkAt + this.#chunk.length) return
    this.#chunk = await this.#read(at, Math.min(Math.max(length, this.#chunkBytes), this.#end - at))
    this.#chunkAt = at
  }

  async #read(at: Position, length: number): Promise<Buffer> {
    const bytes = await this.#file.read(at, length)
    if (bytes.length === length) return bytes
    const { path } = this.#file
    const message = `${path} ends at ${at + bytes.length}, ${at + length} bytes were written to it`
    throw new DiskError('TOO_SHORT', path, { message })
  }
}

/** The largest timestamp of a batch of any magic, -1 when it has none. */
export function maxTimestampOfAny(buffer: Buffer, at: number): Int64 {
  return magicOf(buffer, at) === 2 ? maxTimestampOf(buffer, at) : legacyTimestampOf(buffer, at)
}

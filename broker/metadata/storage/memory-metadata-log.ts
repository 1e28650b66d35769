// The twin of the metadata log: in memory. `crash` leaves what was flushed and any part of the rest, as a disk does.

import {
  baseOffsetOf,
  batchSizeOf,
  lastOffsetOf,
  partitionLeaderEpochOf,
} from '../../../protocol/records/batch-header.ts'
import { batches } from '../../../protocol/records/batches.ts'
import type { LeaderEpoch, Offset } from '../../../protocol/types.ts'
import type { MetadataLog } from './metadata-log.ts'

export class MemoryMetadataLog implements MetadataLog {
  #batches: Buffer[] = []
  #flushed = 0
  #startOffset: Offset = 0
  #endOffset: Offset = 0
  #failure: Error | undefined
  /** A log with these batches, on disk. */
  static of(content: Buffer): MemoryMetadataLog {
    const log = new MemoryMetadataLog()
    for (const batch of batches(content)) log.append(batch, partitionLeaderEpochOf(batch))
    log.#flushed = log.#batches.length
    return log
  }

  /** How often `flush` had something to do. */
  flushCount = 0

  get startOffset(): Offset {
    return this.#startOffset
  }
  get endOffset(): Offset {
    return this.#endOffset
  }
  get lastEpoch(): LeaderEpoch {
    const last = this.#batches.at(-1)
    return last ? partitionLeaderEpochOf(last) : 0
  }
  get sizeBytes(): number {
    return this.#batches.reduce((sum, batch) => sum + batchSizeOf(batch), 0)
  }

  async read(offset: Offset, maxBytes: number): Promise<Buffer> {
    const found: Buffer[] = []
    let bytes = 0
    for (const batch of this.#batches) {
      if (lastOffsetOf(batch) < offset) continue
      if (found.length > 0 && bytes + batch.length > maxBytes) break
      found.push(batch)
      bytes += batch.length
    }
    return Buffer.concat(found)
  }

  append(batch: Buffer, epoch: LeaderEpoch): void {
    if (baseOffsetOf(batch) !== this.#endOffset) {
      throw new Error(`a batch at ${baseOffsetOf(batch)} was appended to a log that ends at ${this.#endOffset}`)
    }
    if (epoch < this.lastEpoch) throw new Error(`epoch ${epoch} was appended after epoch ${this.lastEpoch}`)
    this.#batches.push(Buffer.from(batch))
    this.#endOffset = lastOffsetOf(batch) + 1
  }

  async flush(): Promise<void> {
    const count = this.#batches.length
    if (count > this.#flushed) this.flushCount += 1
    await Promise.resolve()
    if (this.#failure) throw this.#failure
    this.#flushed = Math.max(this.#flushed, count)
  }

  async deleteBefore(offset: Offset): Promise<void> {
    const kept = this.#batches.filter(batch => lastOffsetOf(batch) >= offset)
    this.#flushed -= this.#batches.length - kept.length
    this.#batches = kept
    this.#startOffset = Math.max(this.#startOffset, offset)
  }

  async truncateTo(offset: Offset): Promise<void> {
    this.#batches = this.#batches.filter(batch => baseOffsetOf(batch) < offset)
    this.#flushed = Math.min(this.#flushed, this.#batches.length)
    this.#endOffset = Math.min(this.#endOffset, offset)
  }

  async truncateFullyAndStartAt(offset: Offset): Promise<void> {
    this.#batches = []
    this.#flushed = 0
    this.#startOffset = offset
    this.#endOffset = offset
  }

  async close(): Promise<void> {}

  /** From now on nothing can be flushed. */
  fail(error: Error): void {
    this.#failure = error
  }

  /** What is left after a loss of power when `kept` of the batches that were not flushed reached the disk. */
  crash(kept = 0): MemoryMetadataLog {
    const log = new MemoryMetadataLog()
    log.#startOffset = this.#startOffset
    log.#batches = this.#batches.slice(0, this.#flushed + kept)
    log.#flushed = log.#batches.length
    const last = log.#batches.at(-1)
    log.#endOffset = last ? lastOffsetOf(last) + 1 : this.#startOffset
    return log
  }

  /** As after a loss of power in which the end of one segment was lost and the beginning of the next one was not. */
  lose(from: Offset, to: Offset): void {
    this.#batches = this.#batches.filter(batch => baseOffsetOf(batch) < from || baseOffsetOf(batch) >= to)
    this.#flushed = this.#batches.length
  }
}

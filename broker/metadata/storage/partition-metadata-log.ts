// The metadata log on disk: a PartitionLog whose batches carry their offsets and epochs already.

import type { LeaderEpoch, Offset } from '../../../protocol/types.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import type { MetadataLog } from './metadata-log.ts'

export class PartitionMetadataLog implements MetadataLog {
  readonly #log: PartitionLog

  constructor(log: PartitionLog) {
    this.#log = log
  }

  get startOffset(): Offset {
    return this.#log.logStartOffset
  }
  get endOffset(): Offset {
    return this.#log.nextOffset
  }
  get lastEpoch(): LeaderEpoch {
    return this.#log.latestEpoch ?? 0
  }
  get sizeBytes(): number {
    return this.#log.sizeBytes
  }

  async read(offset: Offset, maxBytes: number): Promise<Buffer> {
    const upTo = this.#log.logEndOffset
    return offset >= upTo ? Buffer.alloc(0) : this.#log.readBytes(offset, { maxBytes, upTo })
  }

  append(batch: Buffer, epoch: LeaderEpoch): void {
    const outcome = this.#log.append(batch, { leaderEpoch: epoch, origin: 'raft' })
    if (!outcome.ok) {
      throw new Error(`the metadata log refused a batch: ${outcome.message ?? `error ${outcome.error.code}`}`)
    }
  }

  flush(): Promise<void> {
    return this.#log.flush()
  }

  async deleteBefore(offset: Offset): Promise<void> {
    // The log deletes no segment that reaches beyond the high watermark; what a snapshot stands for is committed.
    this.#log.setHighWatermark(Math.max(offset, this.#log.highWatermark))
    await this.#log.deleteRecordsBefore(offset)
    // Nobody else runs retention on this log; its own limits are off, so only what lies before the start goes.
    await this.#log.deleteOldSegments(0)
  }

  truncateTo(offset: Offset): Promise<void> {
    return this.#log.truncateTo(offset)
  }

  truncateFullyAndStartAt(offset: Offset): Promise<void> {
    return this.#log.truncateFullyAndStartAt(offset)
  }

  close(): Promise<void> {
    return this.#log.close()
  }
}

// The log __cluster_metadata-0 as the quorum uses it. Real: a PartitionLog on disk (partition-metadata-log.ts). Twin: in
// memory (memory-metadata-log.ts), with a crash that forgets what was not flushed.

import type { LeaderEpoch, Offset } from '../../../protocol/types.ts'

export interface MetadataLog {
  /** First offset that is still there; what was before stands in a snapshot. */
  readonly startOffset: Offset
  /** First offset that is not assigned. */
  readonly endOffset: Offset
  /** Of the last record; 0 when there is none. */
  readonly lastEpoch: LeaderEpoch
  readonly sizeBytes: number
  /** Whole batches from the one that holds the offset, about `maxBytes` of them but at least one; empty at the end. */
  read(offset: Offset, maxBytes: number): Promise<Buffer>
  /** Queues a batch that carries its offsets and epoch, which must follow the last one. */
  append(batch: Buffer, epoch: LeaderEpoch): void
  /** All that was appended before the call is on disk afterwards. Rejects when the disk failed. */
  flush(): Promise<void>
  /** Forgets what is before the offset; whole segments go. */
  deleteBefore(offset: Offset): Promise<void>
  /** Forgets what is at the offset and behind it; the offset begins a batch. */
  truncateTo(offset: Offset): Promise<void>
  /** Forgets everything and goes on at the offset: the log ended before the latest snapshot. */
  truncateFullyAndStartAt(offset: Offset): Promise<void>
  close(): Promise<void>
}

/** Bytes read at a time when the log is replayed. */
export const replayReadBytes = 1 << 20

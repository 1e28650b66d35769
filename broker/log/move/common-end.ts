// Up to where a copy of a log still is one: both may have been cut by a crash, and the log gone on without the copy.
// Source: Kafka 4.3.0's AbstractFetcherThread.getOffsetTruncationState, with the log in place of the leader.

import type { Offset } from '../../../protocol/types.ts'
import type { PartitionLog } from '../partition-log.ts'

type Epochs = Pick<PartitionLog, 'latestEpoch' | 'endOffsetForEpoch' | 'logEndOffset'> & {
  readonly handover: Pick<PartitionLog['handover'], 'epochs'>
}

/** The offset from which on the copy is to be cut, its end when nothing is. Asked again after each cut until nothing is. */
export function commonEnd(current: Epochs, future: Epochs): Offset {
  const end = Math.min(future.logEndOffset, current.logEndOffset)
  const { latestEpoch } = future
  // Batches of old formats tell of no epochs.
  if (latestEpoch === undefined) return end
  const known = current.endOffsetForEpoch(latestEpoch, current.logEndOffset)
  // The log has nothing of this epoch or of any before it.
  if (known.endOffset < 0) return Math.min(end, future.handover.epochs.at(-1)!.startOffset)
  if (known.leaderEpoch === latestEpoch) return Math.min(end, known.endOffset)
  const own = future.endOffsetForEpoch(known.leaderEpoch, future.logEndOffset)
  return Math.min(end, known.endOffset, own.endOffset < 0 ? end : own.endOffset)
}

// Recovering one segment after an unclean stop: every batch is checked, what follows the last sound one is cut off, and the
// indexes are built anew. Source: Kafka 4.3.0's LogSegment.recover and LogLoader.recoverSegment.

import { magicOf, partitionLeaderEpochOf } from '../../protocol/records/batch-header.ts'
import type { Offset } from '../../protocol/types.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'
import { type BatchScanner, segmentChunkBytes } from './batch-scanner.ts'
import type { LeaderEpochCache } from './leader-epoch-cache.ts'
import { IndexOrderError } from './offset-index.ts'
import { addProducer } from './producer-rebuild.ts'
import type { CompletedTransaction, ProducerState } from './producer-state.ts'
import type { LogSegment } from './segment.ts'

export interface SegmentRecovery {
  /** Bytes that were cut off. */
  readonly truncatedBytes: number
  /** Why, when bytes were cut off that are not simply an incomplete batch. */
  readonly damage: string | undefined
  /** The offsets in it did not rise: nothing of the segment was kept, and the producer state is not to be used. */
  readonly isEmptied: boolean
  /** Behind the last record of the segment; its base offset when it has none. */
  readonly nextOffset: Offset
}

/**
 * Recovers a segment. `state` reflects the log up to the segment and, afterwards, to its end; `epochs` gets what it lacks.
 * The cut is not synced (`isCut`). The indexes are in memory and in the files; `sync`: below the recovery point nobody will
 * sync them later.
 */
export async function recoverSegment(
  segment: LogSegment,
  state: ProducerState,
  epochs: LeaderEpochCache,
  sync: boolean,
): Promise<SegmentRecovery> {
  const fileBytes = segment.writtenBytes
  segment.beginAnew()
  let damage: string | undefined
  let isEmptied = false
  let nextOffset = segment.baseOffset
  const noteEnd = (offset: Offset) => {
    nextOffset = offset
  }
  try {
    damage = await addSoundBatches(segment, state, epochs, noteEnd)
  } catch (error) {
    // Offsets that do not rise: nothing in the segment can be trusted. Kafka empties it, too.
    if (!(error instanceof IndexOrderError)) throw error
    damage = error.message
    isEmptied = true
    nextOffset = segment.baseOffset
    segment.beginAnew()
  }
  const truncatedBytes = fileBytes - segment.sizeBytes
  if (truncatedBytes > 0) await segment.file.opened(file => file.truncate(segment.sizeBytes))
  segment.writtenBytes = segment.sizeBytes
  segment.syncedBytes = segment.sizeBytes
  segment.seal()
  await segment.indexes.createFiles()
  await segment.indexes.store(sync)
  return { truncatedBytes, damage, isEmptied, nextOffset }
}

async function addSoundBatches(
  segment: LogSegment,
  state: ProducerState,
  epochs: LeaderEpochCache,
  noteEnd: (nextOffset: Offset) => void,
): Promise<string | undefined> {
  const scanner = segment.scan(0, segmentChunkBytes)
  try {
    while (await scanner.next()) {
      await scanner.check()
      if (!segment.offsetIndex.canHold(scanner.lastOffset)) {
        throw new DecodeError(`offset ${scanner.lastOffset} does not belong into segment ${segment.baseOffset}`)
      }
      segment.add(scanner.lastOffset, scanner.size, scanner.maxTimestamp)
      await addBatch(segment, scanner, state, epochs)
      noteEnd(scanner.lastOffset + 1)
    }
    return undefined
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return error.message
  }
}

async function addBatch(
  segment: LogSegment,
  scanner: BatchScanner,
  state: ProducerState,
  epochs: LeaderEpochCache,
): Promise<void> {
  const { header, headerAt } = scanner
  if (magicOf(header, headerAt) < 2) return
  const epoch = partitionLeaderEpochOf(header, headerAt)
  if (epoch >= 0 && epoch > (epochs.latest?.epoch ?? -1)) epochs.assign(epoch, scanner.baseOffset)
  const nextOffset = scanner.lastOffset + 1
  await addProducer(state, scanner, completed => completeTransaction(state, segment, completed))
  state.endOffset = nextOffset
}

/** Notes an aborted transaction in the segment's index, then lets the producers know that it is over. */
export function completeTransaction(
  producers: ProducerState,
  segment: LogSegment,
  completed: CompletedTransaction,
): void {
  const { producerId, firstOffset, lastOffset, isAborted } = completed
  const lastStableOffset = producers.lastStableOffsetAfter(completed)
  if (isAborted) segment.indexes.transactions!.append({ producerId, firstOffset, lastOffset, lastStableOffset })
  producers.complete(completed)
}

// What is on disk, read at start: the latest snapshot, then the log behind it. In a quorum of one all of it is committed.

import type { Disk } from '../../../io/disk.ts'
import type { Logger } from '../../../io/logger.ts'
import type { LeaderEpoch, Offset } from '../../../protocol/types.ts'
import type { ReplayedImage } from '../image/replayed-image.ts'
import { TransactionBuffer } from '../image/transaction-buffer.ts'
import { decodeRecord, MetadataRecordError } from '../metadata-record.ts'
import { type MetadataLog, replayReadBytes } from './metadata-log.ts'
import { type StoredBatch, storedBatches } from './raft-batch.ts'
import { type QuorumFacts, withControlRecord } from './snapshot.ts'
import { readSnapshot, type SnapshotFile, snapshotName } from './snapshot-files.ts'

export interface Replayed {
  readonly quorum: QuorumFacts
  /** Whether the voters stand in the log or in a snapshot of it, not only in the snapshot that formatting wrote. */
  readonly votersInLog: boolean
  /** A metadata transaction that was begun and not ended. */
  readonly transactions: TransactionBuffer
  /** Bytes of log behind the latest snapshot. */
  readonly bytesSinceSnapshot: number
  readonly logEndOffset: Offset
  readonly lastEpoch: LeaderEpoch
}

/** Replays into the image. Throws an error that names the place when something cannot be understood. */
export async function replay(options: {
  image: ReplayedImage
  log: MetadataLog
  disk: Disk
  directory: string
  snapshots: readonly SnapshotFile[]
  /** What the quorum is before log and snapshots say anything. */
  before: QuorumFacts
  logger: Logger
}): Promise<Replayed> {
  const { image, log, logger } = options
  const latest = options.snapshots.at(-1)
  const state = new ReplayState(image, options.before)
  if (log.startOffset > (latest?.offset ?? 0)) {
    throw new MetadataRecordError(
      `the metadata log begins at offset ${log.startOffset} and no snapshot in ${options.directory} stands for all that was before: ` +
        'restore the missing .checkpoint file',
    )
  }
  if (latest) await loadSnapshot(options, latest, state)
  // The log may end before the snapshot when it was lost or never flushed: everything in it is in the snapshot.
  if (latest && (log.endOffset < latest.offset || log.lastEpoch < latest.epoch)) {
    if (log.endOffset > log.startOffset) {
      logger.warn(
        { logEndOffset: log.endOffset, snapshot: snapshotName(latest) },
        'metadata log ends before its snapshot and is begun anew',
      )
    }
    await log.truncateFullyAndStartAt(latest.offset)
  }
  const from = latest?.offset ?? log.startOffset
  const end = await replayLog(log, from, state)
  if (end < log.endOffset) await cut(log, from, end, logger)
  return {
    quorum: state.quorum,
    votersInLog: state.votersInLog,
    transactions: state.transactions,
    bytesSinceSnapshot: state.bytes,
    logEndOffset: log.endOffset,
    lastEpoch: Math.max(log.lastEpoch, latest?.epoch ?? 0),
  }
}

class ReplayState {
  readonly image: ReplayedImage
  readonly transactions = new TransactionBuffer()
  quorum: QuorumFacts
  votersInLog = false
  bytes = 0

  constructor(image: ReplayedImage, before: QuorumFacts) {
    this.image = image
    this.quorum = before
  }

  batch(batch: StoredBatch): void {
    this.bytes += batch.sizeBytes
    if (batch.isControl) this.#control(batch)
    else for (const record of batch.records) applyFrame(this.image, this.transactions, record.value as Buffer)
    this.image.commit({ offset: batch.lastOffset, epoch: batch.epoch, timestampMs: batch.timestampMs })
  }

  #control(batch: StoredBatch): void {
    const { voters } = this.quorum
    for (const record of batch.records) this.quorum = withControlRecord(this.quorum, record)
    if (this.quorum.voters !== voters) this.votersInLog = true
  }
}

function applyFrame(image: ReplayedImage, transactions: TransactionBuffer, frame: Buffer): void {
  for (const record of transactions.take(decodeRecord(frame))) image.apply(record)
}

async function loadSnapshot(
  { disk, directory }: { disk: Disk; directory: string },
  id: SnapshotFile,
  state: ReplayState,
): Promise<void> {
  const snapshot = await readSnapshot(disk, directory, id)
  try {
    for (const frame of snapshot.frames) state.image.apply(decodeRecord(frame))
  } catch (cause) {
    throw placed(`in the snapshot ${directory}/${snapshotName(id)}`, cause)
  }
  state.quorum = snapshot.quorum
  state.votersInLog = snapshot.quorum.voters !== undefined && id.offset > 0
  state.image.commit({ offset: id.offset - 1, epoch: id.epoch, timestampMs: snapshot.lastContainedLogTimestamp })
}

/** Replays up to the end, or to a gap; answers how far it came. */
async function replayLog(log: MetadataLog, from: Offset, state: ReplayState): Promise<Offset> {
  let next = from
  while (next < log.endOffset) {
    const before = next
    for (const batch of storedBatches(await log.read(next, replayReadBytes))) {
      if (batch.lastOffset < next) continue
      if (batch.baseOffset !== next) return next
      try {
        state.batch(batch)
      } catch (cause) {
        throw placed(`at offset ${batch.baseOffset} to ${batch.lastOffset} of the metadata log`, cause)
      }
      next = batch.lastOffset + 1
    }
    if (next === before) return next
  }
  return next
}

/**
 * Removes what stands behind a gap. With the power the end of one segment may be lost that was not yet flushed, and the beginning
 * of the next one be there. Nobody ever got an answer that rests on it: for that everything before it had to be on disk.
 */
async function cut(log: MetadataLog, from: Offset, end: Offset, logger: Logger): Promise<void> {
  logger.warn(
    { offset: end, logEndOffset: log.endOffset },
    'the metadata log has a gap; what stands behind it was never acknowledged and is removed',
  )
  if (end === from) await log.truncateFullyAndStartAt(from)
  else await log.truncateTo(end)
}

function placed(where: string, cause: unknown): MetadataRecordError {
  return new MetadataRecordError(`${(cause as Error).message} (${where})`, { cause })
}

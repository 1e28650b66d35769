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
  if (latest) await loadSnapshot(options, latest, state)
  else if (log.startOffset > 0) {
    throw new MetadataRecordError(
      `the metadata log begins at offset ${log.startOffset} and there is no snapshot of what was before`,
    )
  }
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
  await replayLog(log, Math.max(log.startOffset, latest?.offset ?? 0), state)
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

async function replayLog(log: MetadataLog, from: Offset, state: ReplayState): Promise<void> {
  for (let offset = from; offset < log.endOffset; ) {
    const before = offset
    for (const batch of storedBatches(await log.read(offset, replayReadBytes))) {
      offset = batch.lastOffset + 1
      // A snapshot may end inside a batch of the log only if it was not ours; Kafka's are aligned, too.
      if (batch.lastOffset < from) continue
      try {
        state.batch(batch)
      } catch (cause) {
        throw placed(`at offset ${batch.baseOffset} to ${batch.lastOffset} of the metadata log`, cause)
      }
    }
    if (offset === before)
      throw new MetadataRecordError(
        `the metadata log cannot be read at offset ${offset}, before its end at ${log.endOffset}`,
      )
  }
}

function placed(where: string, cause: unknown): MetadataRecordError {
  return new MetadataRecordError(`${(cause as Error).message} (${where})`, { cause })
}

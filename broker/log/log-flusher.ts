// Getting a log through the disk's cache. All who wait share one sync; the recovery point follows.
//
// Invariant: below the recovery point everything is synced: batches, the indexes and snapshots of rolled segments, the names
// of the files, and the leader epochs. Recovery begins there.
// The log start may lie above the recovery point. Otherwise: segments that were never synced are deleted, the recovery point
// moves above them, the power goes off, the deletion is undone, and what is in the segments now is served as it is.
// Source: Kafka 4.3.0's UnifiedLog.flush and LocalLog.flush (where the log start takes the recovery point with it).

import type { Offset } from '../../protocol/types.ts'
import type { LogDirectory } from './log-directory.ts'
import type { LogSegments } from './log-segments.ts'
import { LogStoppedError } from './log-writer.ts'
import type { ProducerSnapshots } from './producer-snapshots.ts'
import type { LogSegment } from './segment.ts'

export interface LogFlusherOptions {
  readonly directory: LogDirectory
  /** The partition's directory. */
  readonly path: string
  readonly segments: LogSegments
  readonly snapshots: ProducerSnapshots
  readonly recoveryPoint: Offset
  /** Files may have been created that the disk has not been told to keep. */
  readonly namesChanged: boolean
  readonly nowMs: () => number
  /** Writes the leader epochs when they have changed since they were last written. */
  readonly storeEpochs: () => Promise<void>
}

export class LogFlusher {
  readonly #options: LogFlusherOptions
  #recoveryPoint: Offset
  #lastFlushMs: number
  /** Files were created or renamed since the directory was last synced. */
  #namesChanged: boolean
  #running: Promise<void> = Promise.resolve()
  /** Where the first segment was rolled since the last flush began: the indexes below are not synced by it. */
  #rolledAt: Offset | undefined
  #isStopped = false

  constructor(options: LogFlusherOptions) {
    this.#options = options
    this.#recoveryPoint = options.recoveryPoint
    this.#namesChanged = options.namesChanged
    this.#lastFlushMs = options.nowMs()
  }

  get recoveryPoint(): Offset {
    return this.#recoveryPoint
  }

  /** Moves the recovery point because the log was cut, or begins above it. */
  set recoveryPoint(offset: Offset) {
    this.#recoveryPoint = offset
  }

  get lastFlushMs(): number {
    return this.#lastFlushMs
  }

  noteNamesChanged(): void {
    this.#namesChanged = true
  }

  /**
   * The segment was rolled at the offset, its last index entries and the snapshot are written, and the next segment is about to be
   * created. Where all of it has been flushed nobody would sync these later, and recovery begins behind them. Otherwise: the
   * power goes off, the time index ends in zeros, and retention takes the records for those of 1970.
   */
  async noteRolled(old: LogSegment, baseOffset: Offset): Promise<void> {
    if (this.#recoveryPoint < baseOffset) {
      this.#rolledAt ??= baseOffset
      return
    }
    const { directory, snapshots, path } = this.#options
    await directory.sync(async () => {
      await old.indexes.sync()
      await snapshots.sync(baseOffset)
      await directory.disk.syncDirectory(path)
    })
  }

  /** Syncs what is written below the offset. Flushes run one after the other; one that has nothing left to do is quick. */
  flushTo(offset: Offset): Promise<void> {
    const flushed = this.#running.then(() => this.#flush(offset))
    this.#running = flushed.catch(() => {})
    return flushed
  }

  async #flush(offset: Offset): Promise<void> {
    if (this.#isStopped) throw new LogStoppedError('the log was closed')
    if (offset <= this.#recoveryPoint && !this.#namesChanged) return
    const { directory } = this.#options
    if (directory.failure) throw directory.failure
    const from = this.#recoveryPoint
    this.#rolledAt = undefined
    await directory.sync(() => this.#syncFiles(from, offset))
    await this.#options.storeEpochs()
    // What was rolled meanwhile is for the next flush, which begins there.
    const reached = this.#rolledAt === undefined ? offset : Math.min(offset, this.#rolledAt - 1)
    if (reached > this.#recoveryPoint) this.#recoveryPoint = reached
    this.#lastFlushMs = this.#options.nowMs()
  }

  /**
   * Nothing more is flushed. Resolves when nothing is under way. Otherwise: a deleted log's directory gets another name while
   * its leader epochs are being written, the file is not found, and the whole log directory counts as failed.
   */
  stop(): Promise<void> {
    this.#isStopped = true
    return this.#running
  }

  async #syncFiles(from: Offset, to: Offset): Promise<void> {
    const { segments, snapshots, directory, path } = this.#options
    const { active } = segments
    for (const segment of segments.between(from, to)) {
      await segment.sync()
      if (segment !== active) await segment.indexes.sync()
      if (segment.baseOffset > from) await snapshots.sync(segment.baseOffset)
    }
    if (!this.#namesChanged) return
    this.#namesChanged = false
    await directory.disk.syncDirectory(path)
  }
}

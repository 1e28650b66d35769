// Opening the log of a partition: its segments, and everything about them that is not in the files is rebuilt.
//
// After a clean stop only the ends are read: the last index entries, the batches behind them, the last producer snapshot.
// After an unclean one every segment from the recovery point on is recovered: checked batch by batch, cut where it is
// damaged, everything behind the damage removed.
// Source: Kafka 4.3.0's LogLoader. Left out: splitting segments whose offsets do not fit their index (KAFKA-6264, written
// before Kafka 1.1): such a segment is cut where the offsets stop fitting, if it has to be recovered.

import type { Logger } from '../../io/logger.ts'
import type { Offset } from '../../protocol/types.ts'
import type { LogConfig } from '../config/log-config.ts'
import { type DirectoryListing, listPartitionDirectory } from './directory-listing.ts'
import type { LeaderEpochCache } from './leader-epoch-cache.ts'
import { LogSegments } from './log-segments.ts'
import { rebuildProducerState } from './producer-rebuild.ts'
import { ProducerSnapshots } from './producer-snapshots.ts'
import { ProducerState } from './producer-state.ts'
import { rollJitterMs } from './roll.ts'
import { LogSegment } from './segment.ts'
import {
  deletedSuffix,
  logSuffix,
  offsetFileName,
  offsetIndexSuffix,
  segmentSuffixes,
  transactionIndexSuffix,
} from './segment-files.ts'
import type { SegmentHome } from './segment-home.ts'
import { recoverSegment, type SegmentRecovery } from './segment-recovery.ts'
import { TransactionIndexError } from './transaction-index.ts'

export interface LoadOptions {
  readonly home: SegmentHome
  readonly config: LogConfig
  readonly logger: Logger
  readonly epochs: LeaderEpochCache
  readonly wasClean: boolean
  /** From the checkpoints; 0 where they say nothing. */
  readonly logStartOffset: Offset
  readonly recoveryPoint: Offset
  readonly nowMs: number
  /** 0 <= chance < 1, for the roll jitter. */
  readonly chance: () => number
  readonly producerExpirationMs: number
  /** Told of each segment that recovery is done with. */
  readonly onRecovered?: (bytes: number) => void
}

export interface LoadedLog {
  readonly segments: LogSegments
  readonly producers: ProducerState
  readonly snapshots: ProducerSnapshots
  readonly logStartOffset: Offset
  readonly recoveryPoint: Offset
  readonly nextOffset: Offset
  /** Cut off by recovery. */
  readonly truncatedBytes: number
  /** Files may have been created or renamed that the disk has not been told to keep. */
  readonly namesChanged: boolean
  /** Marked for deletion; to be removed later. */
  readonly deletedPaths: readonly string[]
}

export async function loadLog(options: LoadOptions): Promise<LoadedLog> {
  return new LogLoader(options).load()
}

class LogLoader {
  readonly #options: LoadOptions
  readonly #segments = new LogSegments()
  #snapshots!: ProducerSnapshots
  #truncatedBytes = 0
  readonly #deletedPaths: string[] = []

  constructor(options: LoadOptions) {
    this.#options = options
  }

  async load(): Promise<LoadedLog> {
    const { home, logger, epochs, wasClean, logStartOffset, nowMs, producerExpirationMs } = this.#options
    const listing = await listPartitionDirectory(home.disk, home.directory, logger)
    this.#snapshots = this.#snapshotsOf(listing.snapshotOffsets)
    for (const baseOffset of listing.baseOffsets) await this.#addSegment(baseOffset, listing)
    if (!wasClean) await this.#recoverUnflushed()
    const loadedEnd = await this.#prepareActive()
    if (this.#segments.count === 0) await this.#createFirst()
    const nextOffset = loadedEnd ?? this.#segments.active.baseOffset
    epochs.truncateFromEnd(nextOffset)
    epochs.truncateFromStart(logStartOffset)
    const start = Math.max(logStartOffset, this.#segments.first!.baseOffset)
    const producers = new ProducerState()
    await this.#snapshots.removeStrays(this.#segments.all.map(segment => segment.baseOffset))
    await rebuildProducerState({
      state: producers,
      snapshots: this.#snapshots,
      segments: this.#segments,
      logStartOffset: start,
      lastOffset: nextOffset,
      wasClean,
      nowMs,
      producerExpirationMs,
    })
    return {
      segments: this.#segments,
      producers,
      snapshots: this.#snapshots,
      logStartOffset: start,
      recoveryPoint: this.#recoveryPointFor(nextOffset, loadedEnd !== undefined),
      nextOffset,
      truncatedBytes: this.#truncatedBytes,
      namesChanged: !wasClean || loadedEnd === undefined,
      deletedPaths: this.#deletedPaths,
    }
  }

  // Only a flush may move the recovery point forward: a crash after this would otherwise skip what was never synced.
  #recoveryPointFor(nextOffset: Offset, hadSegments: boolean): Offset {
    if (this.#options.wasClean && hadSegments) return nextOffset
    return Math.min(this.#options.recoveryPoint, nextOffset)
  }

  #snapshotsOf(offsets: readonly Offset[]): ProducerSnapshots {
    const { home, logger } = this.#options
    return new ProducerSnapshots({ disk: home.disk, logger, directory: home.directory, offsets })
  }

  #newSegment(baseOffset: Offset, sizeBytes: number, modifiedMs: number): LogSegment {
    const { home, config, nowMs, chance } = this.#options
    return new LogSegment({
      home,
      baseOffset,
      createdMs: nowMs,
      rollJitterMs: rollJitterMs(config, chance()),
      indexIntervalBytes: config.indexIntervalBytes,
      sizeBytes,
      modifiedMs,
    })
  }

  async #addSegment(baseOffset: Offset, listing: DirectoryListing): Promise<void> {
    const { home, logger, wasClean, recoveryPoint } = this.#options
    const path = `${home.directory}/${offsetFileName(baseOffset, logSuffix)}`
    const found = await home.disk.stat(path)
    const segment = this.#newSegment(baseOffset, found?.sizeBytes ?? 0, found?.modifiedMs ?? 0)
    const problem = await this.#indexProblem(segment, listing)
    // From the recovery point on every segment is recovered in any case, after those before it: until then these may hold
    // anything, and the producers could not be told from them.
    if (problem && (wasClean || baseOffset < recoveryPoint)) {
      logger.error({ path }, `${path}: ${problem}; the segment is recovered and its indexes are built anew`)
      await this.#recover(segment)
    }
    this.#segments.add(segment)
  }

  async #indexProblem(segment: LogSegment, listing: DirectoryListing): Promise<string | undefined> {
    const { baseOffset, indexes } = segment
    if (!listing.names.has(offsetFileName(baseOffset, offsetIndexSuffix))) return 'its offset index is missing'
    if (!listing.names.has(offsetFileName(baseOffset, transactionIndexSuffix))) {
      indexes.withoutTransactions()
      return undefined
    }
    try {
      await indexes.loadTransactions()
      return undefined
    } catch (error) {
      if (error instanceof TransactionIndexError) return `its transaction index is damaged (${error.message})`
      throw error
    }
  }

  /** Recovers one segment, the producers being those of the log before it. */
  async #recover(segment: LogSegment): Promise<SegmentRecovery> {
    const { epochs, logStartOffset, nowMs, producerExpirationMs, logger, wasClean, recoveryPoint } = this.#options
    const state = new ProducerState()
    const snapshots = this.#snapshots
    snapshots.lastOffset = 0
    await rebuildProducerState({
      state,
      snapshots,
      segments: this.#segments,
      logStartOffset,
      lastOffset: segment.baseOffset,
      wasClean: false,
      nowMs,
      producerExpirationMs,
    })
    const recovery = await recoverSegment(segment, state, epochs, wasClean || segment.baseOffset < recoveryPoint)
    const { truncatedBytes, damage, isEmptied } = recovery
    // Also where nothing is cut now: the process before may have done so, and died before it was synced.
    segment.isCut = true
    if (!isEmptied) await snapshots.take(state, true)
    this.#options.home.indexCache.touch(segment.indexes)
    if (truncatedBytes > 0) {
      this.#truncatedBytes += truncatedBytes
      const { path } = segment.file
      logger.warn(
        { path, truncatedBytes, position: segment.sizeBytes, damage },
        `${path}: ${truncatedBytes} bytes from position ${segment.sizeBytes} on were cut off (${damage ?? 'incomplete batch'})`,
      )
    }
    return recovery
  }

  async #recoverUnflushed(): Promise<void> {
    const { recoveryPoint, logger, onRecovered, home } = this.#options
    const unflushed = this.#segments.between(recoveryPoint, Number.POSITIVE_INFINITY)
    for (const [index, segment] of unflushed.entries()) {
      const bytes = segment.writtenBytes
      logger.debug({ directory: home.directory, baseOffset: segment.baseOffset }, 'recovering a segment')
      const { truncatedBytes, nextOffset } = await this.#recover(segment)
      onRecovered?.(bytes)
      const behind = unflushed.slice(index + 1)
      if (truncatedBytes === 0 && !this.#isGap(nextOffset, behind[0])) continue
      if (behind.length > 0) {
        logger.warn(
          { directory: home.directory, segments: behind.map(gone => gone.baseOffset) },
          `${home.directory}: ${behind.length} segments behind the damage are removed`,
        )
      }
      await this.#removeSegments(behind)
      return
    }
  }

  // A loss of power may take the end of a file at the border of two batches, where nothing looks torn, and leave the next
  // segment. What is kept must be a beginning of the log: otherwise records would be missing in the middle of it. Kafka does
  // not look. Compaction makes such gaps in good order, and of its logs it cannot be told.
  #isGap(nextOffset: Offset, next: LogSegment | undefined): boolean {
    return next !== undefined && next.baseOffset > nextOffset && !this.#options.config.cleanupPolicy.compact
  }

  /** Answers the offset behind the last record; undefined when there is no segment (any more). */
  async #prepareActive(): Promise<Offset | undefined> {
    const { logStartOffset, logger, home, epochs } = this.#options
    if (this.#segments.count === 0) return undefined
    const { active } = this.#segments
    if (!active.indexes.offsets) await active.indexes.loadEnds()
    active.indexes.isActive = true
    // Others' indexes may have pushed them out since they were read, and the next abort marker is added to them at once.
    await active.indexes.loadTransactions()
    const logEndOffset = await this.#readEnd(active)
    if (logEndOffset >= logStartOffset) {
      await active.readFirstBatchTimestamp()
      return logEndOffset
    }
    logger.warn(
      { directory: home.directory, logEndOffset, logStartOffset },
      `${home.directory}: the log ends at ${logEndOffset}, below its start ${logStartOffset}; its segments are removed`,
    )
    await this.#removeSegments([...this.#segments.all])
    epochs.clear()
    await this.#snapshots.remove(this.#snapshots.offsets)
    return undefined
  }

  // After a clean stop the ends of log and index fit together. Where they do not, somebody has been at the files since.
  async #readEnd(active: LogSegment): Promise<Offset> {
    const { nextOffset, problem } = await active.readEnd()
    if (!problem) return nextOffset
    const { path } = active.file
    this.#options.logger.error({ path }, `${path}: ${problem}; the segment is recovered`)
    await this.#recover(active)
    return (await active.readEnd()).nextOffset
  }

  async #createFirst(): Promise<void> {
    const { logStartOffset, nowMs } = this.#options
    const segment = this.#newSegment(logStartOffset, 0, nowMs)
    segment.beginAnew()
    segment.indexes.isActive = true
    await segment.file.create()
    await segment.indexes.createFiles()
    this.#segments.add(segment)
  }

  async #removeSegments(gone: readonly LogSegment[]): Promise<void> {
    const { disk, directory } = this.#options.home
    this.#segments.remove(gone)
    for (const segment of gone) {
      await segment.close()
      this.#deletedPaths.push(...(await markSegmentDeleted(disk, directory, segment.baseOffset)))
    }
    this.#deletedPaths.push(...(await this.#snapshots.markDeleted(gone.map(segment => segment.baseOffset))))
    // Before anything is appended. Otherwise: their offsets are given out again, the power goes off, they are back.
    if (gone.length > 0) await disk.syncDirectory(directory)
  }
}

/** Renames a segment's files so that they are gone for every reader of the directory; answers what they are called now. */
export async function markSegmentDeleted(
  disk: SegmentHome['disk'],
  directory: string,
  baseOffset: Offset,
): Promise<string[]> {
  const renamed: string[] = []
  for (const suffix of segmentSuffixes) {
    const path = `${directory}/${offsetFileName(baseOffset, suffix)}`
    if (!(await disk.stat(path))) continue
    await disk.rename(path, path + deletedSuffix)
    renamed.push(path + deletedSuffix)
  }
  return renamed
}

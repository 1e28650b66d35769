// Taking away from a log: old segments (retention), records before an offset, everything behind an offset.
//
// Files that go are renamed at once and removed after file.delete.delay.ms: a range of them may still be being sent.
// Source: Kafka 4.3.0's UnifiedLog.deleteOldSegments, truncateTo, truncateFullyAndStartAt.

import type { World } from '../../io/world.ts'
import type { Offset } from '../../protocol/types.ts'
import type { LogAppender } from './log-appender.ts'
import type { LogDirectory } from './log-directory.ts'
import type { LogFlusher } from './log-flusher.ts'
import { markSegmentDeleted } from './log-loader.ts'
import type { LogState } from './log-state.ts'
import { rebuildProducerState } from './producer-rebuild.ts'
import { deletableSegments, type RetentionReason, retentionReasons } from './retention.ts'
import type { LogSegment } from './segment.ts'
import type { SegmentHome } from './segment-home.ts'

export interface LogTrimmerOptions {
  readonly state: LogState
  readonly appender: LogAppender
  readonly flusher: LogFlusher
  readonly directory: LogDirectory
  readonly home: SegmentHome
  readonly world: Pick<World, 'clock' | 'logger'>
  readonly producerExpirationMs: number
}

export class LogTrimmer {
  readonly #options: LogTrimmerOptions
  /** Made by the first one: most logs lose no segment for days. */
  #removals: Set<() => void> | undefined
  /** Retention under way. */
  #retaining: Promise<unknown> | undefined

  constructor(options: LogTrimmerOptions) {
    this.#options = options
  }

  /** Removes nothing any more; what is marked goes when the log is opened again. */
  stop(): void {
    for (const cancel of this.#removals ?? []) cancel()
    this.#removals = undefined
  }

  /** Resolves when no retention is under way. */
  async idle(): Promise<void> {
    await this.#retaining?.catch(() => {})
  }

  /** Applies retention; answers how many segments went. `isAllowed` is asked again after each look into a file. */
  deleteOldSegments(nowMs: number, isAllowed: () => boolean): Promise<number> {
    if (this.#retaining) return Promise.resolve(0)
    const retaining = this.#deleteForReasons(nowMs, isAllowed).finally(() => {
      this.#retaining = undefined
    })
    this.#retaining = retaining
    return retaining
  }

  async #deleteForReasons(nowMs: number, isAllowed: () => boolean): Promise<number> {
    let count = 0
    for (const reason of retentionReasons(this.#options.state.config)) {
      count += await this.#deleteFor(reason, nowMs, isAllowed)
    }
    return count
  }

  async #deleteFor(reason: RetentionReason, nowMs: number, isAllowed: () => boolean): Promise<number> {
    const { state, appender, world } = this.#options
    const deletable = await deletableSegments({ ...boundsOf(state), nowMs }, reason)
    const last = deletable.at(-1)
    if (!last || !isAllowed()) return 0
    // Since the look into the files, records may have been appended to the active segment: it stays then.
    if (last === state.segments.active) {
      if (state.nextOffset !== state.logEndOffset) return 0
      appender.roll(state.nextOffset)
    }
    state.moveLogStart(state.segments.after(last)!.baseOffset)
    const segments = deletable.map(segment => segment.baseOffset)
    world.logger.info(
      { log: state.name, reason, segments, logStartOffset: state.logStartOffset },
      `${state.name}: ${segments.length} segments are deleted (${reason})`,
    )
    await this.#removeSegments(deletable)
    return segments.length
  }

  // The files of a segment that was rolled just now are still being written.
  async #removeSegments(gone: readonly LogSegment[]): Promise<void> {
    const { state, directory, home, flusher } = this.#options
    state.segments.remove(gone)
    await Promise.all(gone.map(segment => segment.settled))
    const baseOffsets = gone.map(segment => segment.baseOffset)
    const renamed: string[] = []
    await directory.insist(async () => {
      for (const baseOffset of baseOffsets)
        renamed.push(...(await markSegmentDeleted(home.disk, home.directory, baseOffset)))
      renamed.push(...(await state.snapshots.markDeleted(baseOffsets)))
    })
    flusher.noteNamesChanged()
    for (const segment of gone) await segment.close()
    this.removeLater(renamed)
  }

  /** Removes files after file.delete.delay.ms. */
  removeLater(paths: readonly string[]): void {
    if (paths.length === 0) return
    const { world, directory, state } = this.#options
    const remove = async () => {
      for (const path of paths) await directory.disk.remove(path)
    }
    const cancel = world.clock.after(state.config.fileDeleteDelayMs, () => {
      this.#removals?.delete(cancel)
      directory.insist(remove).catch(() => {})
    })
    this.#removals ??= new Set()
    this.#removals.add(cancel)
  }

  /** Cuts the log so that it ends below the offset. Everything is written, and nothing is appended meanwhile. */
  async truncateTo(offset: Offset): Promise<void> {
    const { state } = this.#options
    if (offset >= state.nextOffset) {
      state.epochs.truncateFromEnd(state.nextOffset)
      return
    }
    if (offset < state.segments.first!.baseOffset) {
      await this.restartAt(offset)
      return
    }
    await this.#removeSegments(state.segments.all.filter(segment => segment.baseOffset > offset))
    await this.#syncNames()
    const { active } = state.segments
    active.indexes.isActive = true
    await active.truncateTo(offset)
    await active.readFirstBatchTimestamp()
    state.epochs.truncateFromEnd(offset)
    this.#endAt(offset)
    await this.#rebuildProducers()
  }

  /** Removes everything; the next record gets the offset. Everything is written, and nothing is appended meanwhile. */
  async restartAt(offset: Offset): Promise<void> {
    const { state, appender, flusher } = this.#options
    await this.#removeSegments([...state.segments.all])
    await this.#syncNames()
    const segment = appender.newSegment(offset)
    await segment.file.create()
    await segment.indexes.createFiles()
    state.segments.add(segment)
    state.epochs.clear()
    await state.snapshots.remove(state.snapshots.offsets)
    state.snapshots.lastOffset = 0
    state.producers.clear(offset)
    state.logStartOffset = offset
    this.#endAt(offset)
    flusher.recoveryPoint = offset
  }

  // Before anything is appended. Otherwise: the offsets are given out again, the power goes off, the segments are back.
  async #syncNames(): Promise<void> {
    const { directory, home } = this.#options
    await directory.sync(() => home.disk.syncDirectory(home.directory))
  }

  #endAt(offset: Offset): void {
    const { state, flusher } = this.#options
    state.endAt(offset)
    flusher.recoveryPoint = Math.min(flusher.recoveryPoint, offset)
    flusher.noteNamesChanged()
  }

  async #rebuildProducers(): Promise<void> {
    const { state, world, producerExpirationMs } = this.#options
    await rebuildProducerState({
      state: state.producers,
      snapshots: state.snapshots,
      segments: state.segments,
      logStartOffset: state.logStartOffset,
      lastOffset: state.nextOffset,
      wasClean: false,
      nowMs: world.clock.now(),
      producerExpirationMs,
    })
    // Of the transactions that were read, those whose marker is committed hold nothing back.
    state.producers.onHighWatermark(state.highWatermark)
  }
}

function boundsOf({ segments, config, logStartOffset, logEndOffset, highWatermark }: LogState) {
  return { segments, config, logStartOffset, logEndOffset, highWatermark }
}

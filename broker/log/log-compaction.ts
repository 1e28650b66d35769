// What a log lets the cleaner do: look at its segments, and put a cleaned segment in the place of several.
//
// The steps of a replacement, each safe to die after: the new files are complete and synced as `.cleaned`; they are renamed to
// `.swap`, the log file first, and from the sync of those names on they replace the old ones; the old ones are renamed to
// `.deleted`; the new ones get their names. What opening a directory does with each: directory-listing.ts.
// Between the steps names are synced. Otherwise: the power goes off, the new file has its name, an old one has its name back, and
// its records are there twice.
// In memory all of it is one moment, before the old files lose their names: who looks for an old segment's file later finds that
// it is closed, and looks again (log-reader.ts). Ranges that are being sent keep their descriptors.
// Source: Kafka 4.3.0's LocalLog.replaceSegments, which syncs names once, at the end.

import type { World } from '../../io/world.ts'
import type { Offset } from '../../protocol/types.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { LogDirectory } from './log-directory.ts'
import type { LogFlusher } from './log-flusher.ts'
import { markSegmentDeleted } from './log-loader.ts'
import type { LogState } from './log-state.ts'
import type { LogTrimmer } from './log-trimmer.ts'
import type { ProducerEntry } from './producer-entry.ts'
import { LogSegment } from './segment.ts'
import { cleanedSuffix, swapSuffix } from './segment-files.ts'
import type { SegmentHome } from './segment-home.ts'
import type { AbortedTransactionEntry } from './transaction-index.ts'

/** The log was deleted, closed or cut while it was being cleaned: what was cleaned does not count. */
export class CompactionAbortedError extends Error {
  readonly code = 'COMPACTION_ABORTED'
}

export interface LogCompactionOptions {
  readonly state: LogState
  readonly directory: LogDirectory
  readonly home: SegmentHome
  readonly flusher: LogFlusher
  readonly trimmer: LogTrimmer
  readonly world: Pick<World, 'clock'>
  /** Open, and not being cut or closed. */
  readonly isUsable: () => boolean
}

export class LogCompaction {
  readonly #options: LogCompactionOptions
  #replacing: Promise<void> | undefined
  #isRunning = false
  #cutAt: Offset | undefined
  /** How often the log was cut. */
  #cuts = 0
  #isPaused = false
  /** Where the log was cut since `takeCutOfCopy` was last called. */
  #cutOfCopy: Offset | undefined

  constructor(options: LogCompactionOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.state.name
  }
  get config(): LogConfig {
    return this.#options.state.config
  }
  /** Oldest first; the last one is the active one. */
  get segments(): LogState['segments'] {
    return this.#options.state.segments
  }
  get logStartOffset(): Offset {
    return this.#options.state.logStartOffset
  }
  get logEndOffset(): Offset {
    return this.#options.state.logEndOffset
  }
  get lastStableOffset(): Offset {
    return this.#options.state.lastStableOffset
  }
  get directory(): LogDirectory {
    return this.#options.directory
  }
  get isUsable(): boolean {
    return !this.#isPaused && this.#options.isUsable()
  }
  /** How often the log was cut since it was opened. */
  get cuts(): number {
    return this.#cuts
  }
  /** Being cleaned: retention waits. */
  get isRunning(): boolean {
    return this.#isRunning
  }
  /** The names of files change: some may not be where they belong. */
  get isReplacing(): boolean {
    return this.#replacing !== undefined
  }

  producers(): Iterable<ProducerEntry> {
    return this.#options.state.producers.entries()
  }

  /** The log was cut there: what was clean above is not. */
  noteCut(offset: Offset): void {
    this.#cuts += 1
    this.#cutAt = Math.min(offset, this.#cutAt ?? offset)
    this.#cutOfCopy = Math.min(offset, this.#cutOfCopy ?? offset)
  }

  /** Up to where the log may be clean at most, because it was cut; forgotten once asked for. */
  takeCut(): Offset | undefined {
    const cutAt = this.#cutAt
    this.#cutAt = undefined
    return cutAt
  }

  /** While the log is being copied to another directory nothing of it is cleaned; what is under way is given up. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
  }

  /** Up to where a copy may be one at most, because the log was cut; forgotten once asked for. */
  takeCutOfCopy(): Offset | undefined {
    const cutAt = this.#cutOfCopy
    this.#cutOfCopy = undefined
    return cutAt
  }

  /**
   * Calls `work` while nothing is taken from the log by retention. It must not go on when `check` throws: the log may be another
   * one by then. Rejects with CompactionAbortedError when the log cannot be cleaned now.
   */
  async run<Result>(work: (check: () => void) => Promise<Result>): Promise<Result> {
    if (this.#isRunning || !this.isUsable) throw new CompactionAbortedError(`${this.name} cannot be cleaned now`)
    this.#isRunning = true
    const cuts = this.#cuts
    try {
      const check = () => {
        if (this.isUsable && cuts === this.#cuts) return
        throw new CompactionAbortedError(`${this.name} was closed, cut or is being moved while it was being cleaned`)
      }
      await this.#options.trimmer.idle()
      check()
      await this.directory.attempt(() => this.#removeCleaned())
      return await work(check)
    } finally {
      this.#isRunning = false
    }
  }

  /** Resolves when no segments are being replaced. */
  async idle(): Promise<void> {
    await this.#replacing?.catch(() => {})
  }

  /** Aborted transactions that overlap with a range of offsets. Rejects with a DiskError. */
  async abortedTransactions(from: Offset, to: Offset): Promise<AbortedTransactionEntry[]> {
    const found: AbortedTransactionEntry[] = []
    for (const segment of this.segments.between(from, Number.POSITIVE_INFINITY)) {
      if ((await segment.indexes.loadTransactions()).collect(from, to, found)) break
    }
    return found
  }

  /** A segment to be filled, with files of its own. */
  async createCleaned(baseOffset: Offset): Promise<LogSegment> {
    const { home, world } = this.#options
    const { indexIntervalBytes } = this.config
    const createdMs = world.clock.now()
    const segment = new LogSegment({ home, baseOffset, createdMs, rollJitterMs: 0, indexIntervalBytes })
    await segment.createCleaned()
    return segment
  }

  /** A segment that was not finished goes. Of a log that is not to be used any more the files stay: opening it removes them. */
  async discard(segment: LogSegment): Promise<void> {
    await segment.close()
    if (this.#options.isUsable()) await this.directory.attempt(() => this.#removeCleaned())
  }

  // One that stayed would tell whoever opens the log that a `.swap` file behind it is not complete, when the files that it
  // replaces are gone already.
  async #removeCleaned(): Promise<void> {
    const { disk, directory } = this.#options.home
    for (const { name } of await disk.list(directory)) {
      if (name.endsWith(cleanedSuffix)) await disk.remove(`${directory}/${name}`)
    }
  }

  /** The files are complete and as far as the disk, and were changed when those were that they replace. */
  async finish(segment: LogSegment, modifiedMs: number): Promise<void> {
    const { directory } = this.#options
    segment.seal()
    await segment.indexes.store(true)
    await directory.sync(() => segment.sync())
    await segment.setModified(modifiedMs)
  }

  /** Puts a finished segment in the place of others, which follow each other and are not active. */
  replace(old: readonly LogSegment[], by: LogSegment, check: () => void): Promise<void> {
    this.#replacing = this.#replace(old, by, check).finally(() => (this.#replacing = undefined))
    return this.#replacing
  }

  async #replace(old: readonly LogSegment[], by: LogSegment, check: () => void): Promise<void> {
    const { state, directory, home, flusher, trimmer } = this.#options
    // Below the recovery point nobody syncs files by their names any more.
    await flusher.flushTo(state.segments.after(old.at(-1)!)!.baseOffset)
    await Promise.all(old.map(segment => segment.settled))
    check()
    await directory.insist(() => by.rename(swapSuffix))
    await this.#syncNames()
    state.segments.replace(old, by)
    state.recent.clear()
    await Promise.all(old.map(segment => segment.close()))
    const baseOffsets = old.map(segment => segment.baseOffset)
    const renamed: string[] = []
    await directory.insist(async () => {
      for (const each of baseOffsets) renamed.push(...(await markSegmentDeleted(home.disk, home.directory, each)))
      const gone = baseOffsets.filter(each => each !== by.baseOffset)
      renamed.push(...(await state.snapshots.markDeleted(gone)))
    })
    await this.#syncNames()
    await directory.insist(() => by.rename(''))
    await this.#syncNames()
    home.indexCache.touch(by.indexes)
    trimmer.removeLater(renamed)
  }

  async #syncNames(): Promise<void> {
    const { directory, home } = this.#options
    await directory.sync(() => home.disk.syncDirectory(home.directory))
  }
}

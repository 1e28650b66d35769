// One log directory and its health: online, full, or failed.
//
// A failed write or sync takes the directory offline for good: what the disk holds after it nobody knows. A full disk is not
// a failure but a state: appends are refused below `minFreeBytes`, a write that ran out of space is repeated when there is
// some again, and everything else goes on, in the directory of the metadata log on space that was kept for it.
// Invariant: once `failure` is set it stays, and nothing is acknowledged from this directory any more.
// Source: Kafka 4.3.0's LogDirFailureChannel for the failing; a full disk is a failure there.

import type { Clock } from '../../io/clock.ts'
import { type Disk, DiskError } from '../../io/disk.ts'
import type { Logger } from '../../io/logger.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import { FollowingDisk } from './following-disk.ts'
import type { LogSegment } from './segment.ts'
import { aheadBytesInAllMax, SpaceAhead } from './space-ahead.ts'
import { reserveBytes, SpaceReserve } from './space-reserve.ts'

/** How often a directory is asked whether it has space again. */
export const spacePollMs = 1000
/** Free space is looked at after this much has been written, so that a fast producer cannot run past the mark unseen. */
export const spaceCheckBytes = 16 * 1024 * 1024
/** What must be free before a write is repeated that ran out of space, whatever the mark: not every byte is worth a try. */
export const resumeFreeBytesMin = 2 * 1024 * 1024
/** Syncs under way at once per directory: more would take the threads that writes need. */
export const syncsAtOnceMax = 2

/** What a directory is written to for: records of clients, which wait when it is full, or keeping it in order. */
export type WritePurpose = 'data' | 'upkeep'

export interface LogDirectoryOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly path: string
  readonly minFreeBytes: number
  readonly onFailed?: (directory: LogDirectory, error: DiskError) => void
}

export class LogDirectory {
  readonly disk: FollowingDisk
  readonly path: string
  readonly spaceAhead = new SpaceAhead()
  directoryId: Uuid | undefined
  readonly #options: LogDirectoryOptions
  readonly #spaceWaiters: Record<WritePurpose, (() => void)[]> = { data: [], upkeep: [] }
  readonly #syncWaiters: (() => void)[] = []
  readonly #failureListeners = new Set<(error: DiskError) => void>()
  #failure: DiskError | undefined
  #reserve: SpaceReserve | undefined
  #isFull = false
  /** The system itself said that it is full. */
  #ranOut = false
  #isChecking = false
  #uncheckedBytes = 0
  #lastCheckMs = Number.NEGATIVE_INFINITY
  #freeBytes = -1
  #totalBytes = -1
  #syncs = 0
  #isClosed = false
  #namesSync: Promise<void> = Promise.resolve()
  /** Has not begun: covers everything named until it does. */
  #nextNamesSync: Promise<void> | undefined

  constructor(options: LogDirectoryOptions) {
    this.#options = options
    this.disk = new FollowingDisk(options.disk)
    this.path = options.path
  }

  get failure(): DiskError | undefined {
    return this.#failure
  }

  get isOnline(): boolean {
    return this.#failure === undefined
  }

  /** Appends are refused. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** As of the last look at it (`checkSpace`); -1: there was none. */
  get space(): { readonly freeBytes: number; readonly totalBytes: number } {
    return { freeBytes: this.#freeBytes, totalBytes: this.#totalBytes }
  }

  /** Stops asking for space; who waits for it is let go and finds the directory as it is. */
  close(): void {
    this.#isClosed = true
    this.#wake('upkeep')
    this.#wake('data')
  }

  /** Called once, when the directory fails; the answered function ends it. */
  onFailed(listener: (error: DiskError) => void): () => void {
    this.#failureListeners.add(listener)
    return () => this.#failureListeners.delete(listener)
  }

  /** Takes the directory offline. Answers the error that did so first. */
  fail(error: unknown): DiskError {
    if (this.#failure) return this.#failure
    const failure = error instanceof DiskError ? error : new DiskError('DISK_FAILED', this.path, { cause: error })
    this.#failure = failure
    this.#options.logger.error(
      { directory: this.path, code: failure.code, error: failure.message },
      `log directory ${this.path} is offline: ${failure.message}. Its partitions cannot be used until it is repaired and the broker started again.`,
    )
    this.#wake('upkeep')
    this.#wake('data')
    for (const listener of [...this.#failureListeners]) listener(failure)
    this.#options.onFailed?.(this, failure)
    return failure
  }

  /**
   * Does what must not fail. A full disk is waited for and the operation done again, so it must bear being repeated; any
   * other error takes the directory offline and is thrown.
   */
  async insist<Result>(operation: () => Promise<Result>, purpose: WritePurpose = 'upkeep'): Promise<Result> {
    for (;;) {
      if (this.#failure) throw this.#failure
      try {
        return await operation()
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        if (error.code !== 'DISK_FULL') throw this.fail(error)
        if (this.#isClosed) throw error
        this.#ranOut = true
        this.#becomeFull(error.message)
        const waiting = new Promise<void>(go => this.#spaceWaiters[purpose].push(go))
        if (purpose === 'upkeep' && (await this.#release())) this.#wake('upkeep')
        await waiting
      }
    }
  }

  /** Does what may be left for later: a full disk is thrown and no more; any other error takes the directory offline, too. */
  async attempt<Result>(operation: () => Promise<Result>): Promise<Result> {
    try {
      return await operation()
    } catch (error) {
      if (!(error instanceof DiskError) || error.code === 'DISK_FULL') throw error
      throw this.fail(error)
    }
  }

  /** fdatasync, a few at a time. A failed one is never repeated: it takes the directory offline. */
  async sync(operation: () => Promise<void>): Promise<void> {
    // Who waits is given the place of who leaves, so that nobody slips in between.
    if (this.#syncs >= syncsAtOnceMax) await new Promise<void>(go => this.#syncWaiters.push(go))
    else this.#syncs += 1
    try {
      if (this.#failure) throw this.#failure
      await operation()
    } catch (error) {
      throw this.fail(error)
    } finally {
      const next = this.#syncWaiters.shift()
      if (next) next()
      else this.#syncs -= 1
    }
  }

  /** Syncs the names in the directory itself; all who wait share one sync. */
  syncNames(): Promise<void> {
    this.#nextNamesSync ??= this.#namesSync
      .catch(() => {})
      .then(() => {
        this.#namesSync = this.#nextNamesSync!
        this.#nextNamesSync = undefined
        return this.sync(() => this.disk.syncDirectory(this.path))
      })
    return this.#nextNamesSync
  }

  /** Keeps some space for upkeep. Given up already when there is none. */
  async keepReserve(): Promise<void> {
    this.#reserve ??= new SpaceReserve(this.disk, this.path)
    await this.checkSpace()
  }

  async #release(): Promise<boolean> {
    try {
      return (await this.#reserve?.release()) ?? false
    } catch (error) {
      throw this.fail(error)
    }
  }

  /** So many bytes were written: looks at the free space now and then. */
  noteWritten(bytes: number): void {
    this.#uncheckedBytes += bytes
    const isDue = this.#options.clock.monotonicMs() - this.#lastCheckMs >= spacePollMs
    if (isDue || this.#uncheckedBytes >= spaceCheckBytes) void this.checkSpace()
  }

  /** Sets blocks aside for a segment that was written to, when that is due and leaves enough to others. */
  reserveAhead(segment: LogSegment, segmentBytes: number): void {
    const file = segment.file.openNow
    const isScarce = this.#isFull || this.#freeBytes < this.#options.minFreeBytes + aheadBytesInAllMax
    if (file !== undefined && !isScarce) this.spaceAhead.noteWritten(segment, file, segmentBytes)
  }

  /** Compares the free space with the mark, and says so when the state changes. */
  async checkSpace(): Promise<void> {
    if (this.#isChecking || this.#failure || this.#isClosed) return
    this.#isChecking = true
    this.#uncheckedBytes = 0
    this.#lastCheckMs = this.#options.clock.monotonicMs()
    try {
      const { freeBytes, totalBytes } = await this.disk.space(this.path)
      this.#freeBytes = freeBytes
      this.#totalBytes = totalBytes
      await this.#noteFree(freeBytes)
    } catch (error) {
      this.fail(error)
    } finally {
      this.#isChecking = false
    }
  }

  async #noteFree(freeBytes: number): Promise<void> {
    const { minFreeBytes, logger } = this.#options
    if (freeBytes < minFreeBytes) this.#becomeFull(`${freeBytes} bytes are free, ${minFreeBytes} are to stay so`)
    if (freeBytes < reserveBytes) await this.#reserve?.release()
    if (freeBytes >= Math.max(minFreeBytes, resumeFreeBytesMin) + reserveBytes) await this.#reserve?.make()
    this.#wake('upkeep')
    const enoughBytes = this.#ranOut ? Math.max(minFreeBytes, resumeFreeBytesMin) : minFreeBytes
    if (!this.#isFull || freeBytes < enoughBytes) return
    this.#isFull = false
    this.#ranOut = false
    logger.info({ directory: this.path, freeBytes }, `log directory ${this.path} has space again, writes resume`)
    this.#wake('data')
  }

  #wake(purpose: WritePurpose): void {
    for (const go of this.#spaceWaiters[purpose].splice(0)) go()
  }

  #becomeFull(reason: string): void {
    if (this.#isFull || this.#isClosed) return
    this.#isFull = true
    this.#options.logger.warn(
      { directory: this.path },
      `log directory ${this.path} is full: ${reason}. Appends are refused, reads go on, nothing acknowledged was lost; writes resume by themselves when there is space.`,
    )
    this.#pollSpace()
  }

  #pollSpace(): void {
    this.#options.clock.after(spacePollMs, () => {
      if (!this.#isFull || this.#failure || this.#isClosed) return
      void this.checkSpace().then(() => this.#pollSpace())
    })
  }
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'DISK_FULL'
}

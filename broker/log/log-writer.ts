// What a log has decided and not yet written. Batches that gather while a write is under way share the next one (writev).
//
// Invariant: writes happen one after the other in the order in which they were decided, and so do the tasks between them
// (rolling a segment). Nothing after a failure is written.
// Full disk: the write is cut back, and done again when there is space; what waits keeps its place.

import type { Clock } from '../../io/clock.ts'
import type { DiskError } from '../../io/disk.ts'
import type { Offset } from '../../protocol/types.ts'
import { isDiskFull, type LogDirectory, type WritePurpose } from './log-directory.ts'
import type { LogSegment } from './segment.ts'
import { reservedFromBytes } from './space-ahead.ts'

/** Bytes that may wait for a log's disk. Full: the append is refused, and the producer comes again. */
export const queuedBytesMax = 64 * 1024 * 1024
/** What one writev takes: a larger one would keep small logs waiting for a thread. */
export const writeBytesMax = 8 * 1024 * 1024

interface Write {
  readonly kind: 'write'
  readonly segment: LogSegment
  readonly buffers: Buffer[]
  bytes: number
  /** Behind the last record. */
  nextOffset: Offset
}

interface Task {
  readonly kind: 'task'
  readonly run: () => Promise<void>
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

export interface LogWriterOptions {
  readonly directory: LogDirectory
  readonly clock: Clock
  readonly purpose: WritePurpose
  /** How large a segment may become. */
  readonly segmentBytes: () => number
  /** Whether what is written up to there may be made visible without further ado: `beforeVisible` would do nothing. */
  readonly isVisibleAtOnce: (nextOffset: Offset) => boolean
  /** Called after each write that is not, before anybody hears of it: what has to happen to the file first (flush.messages). */
  readonly beforeVisible: (nextOffset: Offset) => Promise<void> | undefined
  readonly onWritten: (nextOffset: Offset) => void
  readonly onFailed: (error: DiskError) => void
}

export class LogWriter {
  readonly #options: LogWriterOptions
  #queue: (Write | Task)[] = []
  #queuedBytes = 0
  #isRunning = false
  #isScheduled = false
  #failure: unknown
  #running: Promise<void> | undefined
  #turn: (() => void) | undefined
  /** The write under way, or the one that waits for space. */
  #current: Write | undefined

  constructor(options: LogWriterOptions) {
    this.#options = options
  }

  /** Waiting, or being written. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  get isIdle(): boolean {
    return !this.#isRunning && this.#queue.length === 0
  }

  /** Queues bytes that follow what was queued for the segment before. */
  write(segment: LogSegment, bytes: Buffer, nextOffset: Offset): void {
    this.#queuedBytes += bytes.length
    const last = this.#queue.at(-1)
    if (last?.kind === 'write' && last.segment === segment && last.bytes + bytes.length <= writeBytesMax) {
      last.buffers.push(bytes)
      last.bytes += bytes.length
      last.nextOffset = nextOffset
      return
    }
    this.#queue.push({ kind: 'write', segment, buffers: [bytes], bytes: bytes.length, nextOffset })
    this.#schedule()
  }

  /** Runs when everything queued before is written. Must bear being repeated: a full disk makes it begin again. */
  task(run: () => Promise<void>): Promise<void> {
    return new Promise((done, failed) => {
      this.#queue.push({ kind: 'task', run, done, failed })
      this.#schedule()
    })
  }

  /** The bytes that are decided and not known to be written, in their order. */
  unwritten(): Buffer[] {
    const writes = this.#queue.filter(job => job.kind === 'write')
    return [...(this.#current ? [this.#current] : []), ...writes].flatMap(write => write.buffers)
  }

  /** Once what is queued now is written, nothing is until the answered function is called; what comes meanwhile waits. */
  hold(): () => void {
    let release = () => {}
    const released = new Promise<void>(go => (release = go))
    this.task(() => released).catch(() => {})
    return release
  }

  /** Resolves when everything that is queued now is written. Rejects when that will never be. */
  drained(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    return this.isIdle ? Promise.resolve() : this.task(async () => {})
  }

  // Not at once: what other connections decide in this turn of the loop shares the write.
  #schedule(): void {
    if (this.#isRunning || this.#isScheduled) return
    this.#isScheduled = true
    this.#turn ??= () => {
      this.#isScheduled = false
      this.#writeWhatNeedNotWait()
      if (this.#queue.length > 0) this.#running = this.#run()
    }
    this.#options.clock.soon(this.#turn)
  }

  /** Nothing more is written. Resolves when nothing is under way any more; what waits for space is not waited for. */
  async stop(): Promise<void> {
    this.#failure ??= new LogStoppedError('the log was closed')
    if (!this.#options.directory.isFull) await this.#running
  }

  // Where nearly all writes end, without a promise: what each of ten thousand logs would keep of its last one is the garbage
  // collector's work.
  #writeWhatNeedNotWait(): void {
    while (this.#queue.length > 0 && !this.#failure) {
      // Taken first: who hears of it may have more to write, which must not join what is written already.
      const job = this.#queue.shift()!
      try {
        if (job.kind === 'write' && this.#writeAtOnce(job)) continue
      } catch (error) {
        this.#failure ??= error
        this.#giveUp(error)
        return
      }
      this.#queue.unshift(job)
      return
    }
  }

  async #run(): Promise<void> {
    const { directory, purpose } = this.#options
    this.#isRunning = true
    while (this.#queue.length > 0 && !this.#failure) {
      const job = this.#queue.shift()!
      this.#current = job.kind === 'write' ? job : undefined
      try {
        if (job.kind === 'write' && this.#writeAtOnce(job)) continue
        await directory.insist(() => this.#perform(job), purpose)
        if (job.kind === 'write') this.#noteWritten(job)
        else job.done()
      } catch (error) {
        this.#failure ??= error
        if (job.kind === 'task') job.failed(error)
      }
    }
    this.#current = undefined
    this.#isRunning = false
    if (this.#failure) this.#giveUp(this.#failure)
  }

  #perform(job: Write | Task): Promise<void> {
    // Stopped while it waited for space.
    if (this.#failure) throw this.#failure
    return job.kind === 'write' ? this.#write(job) : job.run()
  }

  // Most writes end here: into the page cache, without a promise.
  #writeAtOnce(job: Write): boolean {
    const { directory, isVisibleAtOnce } = this.#options
    const { segment, buffers, bytes, nextOffset } = job
    if (directory.failure || directory.isFull || !isVisibleAtOnce(nextOffset)) return false
    if (!segment.file.openNow?.writeCached(buffers, segment.writtenBytes)) return false
    segment.writtenBytes += bytes
    this.#noteWritten(job)
    return true
  }

  async #write({ segment, buffers, bytes, nextOffset }: Write): Promise<void> {
    await segment.file.hold(async file => {
      try {
        await file.write(buffers, segment.writtenBytes)
      } catch (error) {
        // A part of it may be in the file. Readers never look behind `writtenBytes`, but recovery would.
        if (isDiskFull(error)) {
          segment.isCut = true
          await file.truncate(segment.writtenBytes)
        }
        throw error
      }
    })
    const written = segment.writtenBytes + bytes
    const flushing = this.#options.beforeVisible(nextOffset)
    await flushing
    segment.writtenBytes = written
    if (flushing !== undefined) segment.syncedBytes = written
  }

  #noteWritten({ segment, bytes, nextOffset }: Write): void {
    const { directory, clock, segmentBytes, onWritten } = this.#options
    this.#current = undefined
    this.#queuedBytes -= bytes
    segment.modifiedMs = clock.now()
    directory.noteWritten(bytes)
    if (segment.writtenBytes >= reservedFromBytes) directory.reserveAhead(segment, segmentBytes())
    onWritten(nextOffset)
  }

  #giveUp(error: unknown): void {
    const queue = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    for (const job of queue) if (job.kind === 'task') job.failed(error)
    if (!(error instanceof LogStoppedError)) this.#options.onFailed(error as DiskError)
  }
}

/** The log was closed before this could be written. */
export class LogStoppedError extends Error {
  readonly code = 'LOG_STOPPED'
}

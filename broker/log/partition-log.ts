// One partition's log: what others see of it, and its life from open to closed.
//
// An append is one synchronous decision (log-appender.ts); the bytes are queued and written behind it (log-writer.ts).
// `nextOffset` is assigned, `logEndOffset` is written: nobody is shown or told anything beyond `logEndOffset`.
// After a failure of the disk the log takes and shows nothing any more; what memory holds beyond the disk does not matter
// then, since opening the log again begins from the disk.
// Source: Kafka 4.3.0's UnifiedLog. Left out: remote storage; `preallocate` (files are never preallocated).

import type { DiskError } from '../../io/disk.ts'
import type { World } from '../../io/world.ts'
import { errors } from '../../protocol/errors.ts'
import type { LeaderEpoch, Offset } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { AppendOptions, AppendOutcome } from './append-outcome.ts'
import { AppendQueue, type Decide, needsThread } from './append-queue.ts'
import { refuse } from './append-rules.ts'
import type { EpochCheckpoint } from './epoch-checkpoint.ts'
import { GuardedReads } from './guarded-reads.ts'
import type { EpochEndOffset } from './leader-epoch-cache.ts'
import { Listeners } from './listeners.ts'
import { LogAppender } from './log-appender.ts'
import { LogCompaction } from './log-compaction.ts'
import type { LogDirectory } from './log-directory.ts'
import { LogFlusher } from './log-flusher.ts'
import { LogHandover } from './log-handover.ts'
import type { LoadedLog } from './log-loader.ts'
import type { ActiveProducer, LogRead, ReadOptions, TimestampOffset } from './log-read.ts'
import { LogReader } from './log-reader.ts'
import { LogState } from './log-state.ts'
import { type LogSummary, summarize } from './log-summary.ts'
import { LogTrimmer } from './log-trimmer.ts'
import { LogWriter } from './log-writer.ts'
import type { ProducerRefusal, VerifiedBatch } from './producer-state.ts'
import type { Recompressor } from './recompressor.ts'
import type { LogSegment } from './segment.ts'
import type { SegmentHome } from './segment-home.ts'
import { findShortFile } from './segment-sizes.ts'
import type { VerificationGuard } from './transaction-verifications.ts'

export type { AppendOptions, AppendOrigin, AppendOutcome, RecordError } from './append-outcome.ts'
export type { EpochEndOffset } from './leader-epoch-cache.ts'
export type { AbortedTransaction, LogRead, TimestampOffset } from './log-read.ts'
export { OffsetOutOfRangeError } from './log-read.ts'

/** What an open log is made of; `openPartitionLog` (open-log.ts) puts it together. */
export interface PartitionLogParts {
  readonly world: Pick<World, 'clock' | 'random' | 'logger'>
  readonly directory: LogDirectory
  readonly home: SegmentHome
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid | undefined
  readonly config: LogConfig
  readonly loaded: LoadedLog
  readonly epochs: EpochCheckpoint
  readonly producerExpirationMs: number
  /** Appended to also when the disk is nearly full: the metadata log, without which nothing could be deleted. */
  readonly ignoresMinFreeBytes: boolean
  /** Undefined: recompression happens in the append. */
  readonly recompressor: Recompressor | undefined
  /** A file ended before what was written to it: `checkFiles` is due, of this log and perhaps of others. */
  readonly onTooShort: ((error: DiskError) => void) | undefined
}

export class PartitionLog {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid | undefined
  /** The log directory it lies in. */
  readonly logDirectory: LogDirectory
  readonly #world: PartitionLogParts['world']
  readonly #epochs: EpochCheckpoint
  readonly #home: SegmentHome
  readonly #recompressor: Recompressor | undefined
  readonly #state: LogState
  readonly #writer: LogWriter
  readonly #flusher: LogFlusher
  readonly #appender: LogAppender
  readonly #reader: LogReader
  readonly #trimmer: LogTrimmer
  readonly #reads: GuardedReads
  /** Made when it is first needed: most logs are never compacted. */
  #compaction: LogCompaction | undefined
  /** Made by the first move. */
  #handover: LogHandover | undefined
  readonly #writtenListeners = new Listeners<Offset>()
  readonly #failedListeners = new Listeners<DiskError>()
  readonly #stopListening: () => void
  /** Of appends that wait for a recompression; made by the first one. */
  #appendQueue: AppendQueue | undefined
  #failure: DiskError | undefined
  /** Being cut or closed, which takes several steps: nothing is appended meanwhile. */
  #isBusy = false
  #isClosed = false

  constructor(parts: PartitionLogParts) {
    const { directory, home, loaded, world, epochs } = parts
    this.#world = world
    this.#epochs = epochs
    this.#home = home
    this.#recompressor = parts.recompressor
    this.topic = parts.topic
    this.partition = parts.partition
    this.topicId = parts.topicId
    this.logDirectory = directory
    const state = new LogState(`${parts.topic}-${parts.partition}`, parts.config, loaded, epochs.epochs)
    this.#state = state
    this.#flusher = new LogFlusher({
      directory,
      path: home.directory,
      segments: loaded.segments,
      snapshots: loaded.snapshots,
      recoveryPoint: loaded.recoveryPoint,
      namesChanged: loaded.namesChanged,
      nowMs: () => world.clock.now(),
      storeEpochs: () => epochs.store(),
    })
    this.#writer = new LogWriter({
      directory,
      clock: world.clock,
      purpose: parts.ignoresMinFreeBytes ? 'upkeep' : 'data',
      segmentBytes: () => state.config.segmentBytes,
      isVisibleAtOnce: nextOffset => !this.#isFlushDue(nextOffset),
      beforeVisible: nextOffset => this.#flushWhereAsked(nextOffset),
      onWritten: nextOffset => this.#onWritten(nextOffset),
      onFailed: error => this.#fail(error),
    })
    const [writer, flusher, { ignoresMinFreeBytes, producerExpirationMs }] = [this.#writer, this.#flusher, parts]
    // Not `...parts`: a copy of so many properties gets a hidden class of its own (V8 11.3), 10,000 logs get 10,000 of them,
    // and each access to such options is a search that no inline cache remembers.
    this.#appender = new LogAppender({ directory, home, world, ignoresMinFreeBytes, state, writer, flusher })
    this.#reader = new LogReader(state)
    const appender = this.#appender
    this.#trimmer = new LogTrimmer({ directory, home, world, producerExpirationMs, state, appender, flusher })
    this.#reads = new GuardedReads({ directory, isClosed: () => this.#isClosed, onTooShort: parts.onTooShort })
    this.#stopListening = directory.onFailed(error => this.#fail(error))
    this.#trimmer.removeLater(loaded.deletedPaths)
  }

  /** For the cleaner. */
  get compaction(): LogCompaction {
    return (this.#compaction ??= new LogCompaction({
      state: this.#state,
      directory: this.logDirectory,
      home: this.#home,
      flusher: this.#flusher,
      trimmer: this.#trimmer,
      world: this.#world,
      isUsable: () => this.#isUsable,
    }))
  }

  /** For a move to another log directory. */
  get handover(): LogHandover {
    return (this.#handover ??= new LogHandover({
      state: this.#state,
      writer: this.#writer,
      appender: this.#appender,
      flusher: this.#flusher,
      epochs: this.#epochs,
      isUsable: () => this.#isUsable,
    }))
  }

  /** Open, and not being cut or closed. */
  get #isUsable(): boolean {
    return !this.#isBusy && !this.#isClosed && !this.#failure
  }

  /** Takes the place of a log of the same partition, see LogHandover. */
  takePlaceOf(other: PartitionLog, rename: () => Promise<void>): Promise<void> {
    this.#appendQueue = other.#appendQueue
    return this.handover.takePlaceOf(other.handover, rename)
  }

  /** The path that it goes by, whatever the directory is called by now. */
  get openedAs(): string {
    return this.#home.directory
  }

  /** Path of the partition's directory, which changes when the log takes another one's place. */
  get directory(): string {
    return this.logDirectory.disk.pathOf(this.#home.directory)
  }
  get config(): LogConfig {
    return this.#state.config
  }
  get logStartOffset(): Offset {
    return this.#state.logStartOffset
  }
  /** The offset that the next appended record gets. */
  get nextOffset(): Offset {
    return this.#state.nextOffset
  }
  /** Everything below is written, and flushed where flush.messages asks for it. */
  get logEndOffset(): Offset {
    return this.#state.logEndOffset
  }
  /** Everything below survives a loss of power. */
  get recoveryPoint(): Offset {
    return this.#flusher.recoveryPoint
  }
  get lastFlushMs(): number {
    return this.#flusher.lastFlushMs
  }
  get sizeBytes(): number {
    return this.#state.segments.sizeBytes
  }
  get segmentCount(): number {
    return this.#state.segments.count
  }
  get firstSegmentOffset(): Offset {
    return this.#state.segments.first!.baseOffset
  }
  /** Bytes that are decided and not written. */
  get queuedBytes(): number {
    return this.#writer.queuedBytes
  }
  /** Bytes that this process has written and that a loss of power would take: those of the cache that no sync covers yet. */
  get unsyncedBytes(): number {
    if (this.recoveryPoint >= this.logEndOffset) return 0
    return this.#state.segments.unsyncedBytes(this.recoveryPoint)
  }
  get failure(): DiskError | undefined {
    return this.#failure
  }
  /** As set, or the log end offset when nobody ever sets it. Bounds retention and the last stable offset. */
  get highWatermark(): Offset {
    return this.#state.highWatermark
  }
  /** Where the first transaction begins whose outcome is not known below the high watermark; otherwise the high watermark. */
  get lastStableOffset(): Offset {
    return this.#state.lastStableOffset
  }
  get latestEpoch(): LeaderEpoch | undefined {
    return this.#state.epochs.latest?.epoch
  }

  updateConfig(config: LogConfig): void {
    this.#state.config = config
  }

  /** Never outside of the log. */
  setHighWatermark(offset: Offset): void {
    this.#state.highWatermark = offset
  }

  /** This broker leads the partition in this epoch, from the next offset on. */
  beginEpoch(epoch: LeaderEpoch): void {
    this.#state.epochs.assign(epoch, this.nextOffset)
  }

  /**
   * Asks whether a client's batch can be appended now. False: it can. True: it, or one before it, is with a worker thread, and
   * `decide` is called when it is its turn to be appended, in the order of these calls; the bytes must not change until then.
   */
  prepare(batch: Buffer, decide: Decide): boolean {
    const recompressor = this.#recompressor
    if (this.#appendQueue === undefined) {
      if (recompressor === undefined || !needsThread(batch, this.config)) return false
      this.#appendQueue = new AppendQueue(recompressor)
    }
    return this.#appendQueue.add(batch, this.config, this.#world.clock.now(), decide)
  }

  /** One synchronous decision; the bytes are stamped in place, queued, and belong to the log from here on. */
  append(batches: Buffer, options: AppendOptions): AppendOutcome {
    if (this.#failure) {
      return refuse(errors.KAFKA_STORAGE_ERROR, `cannot append to ${this.#state.name}: ${this.#failure.message}`)
    }
    if (this.#isBusy || this.#isClosed) {
      return refuse(errors.NOT_LEADER_OR_FOLLOWER, `${this.#state.name} is being closed or truncated`)
    }
    return this.#appender.append(batches, options)
  }

  /**
   * Before a transactional batch: the guard to append it with, once the transaction's coordinator has said that the partition
   * is part of the transaction. Undefined: it is under way here already. Or why the batch would be refused.
   */
  startVerification(batch: VerifiedBatch): VerificationGuard | ProducerRefusal | undefined {
    return this.#state.producers.startVerification(batch, this.#world.clock.now())
  }

  #flushWhereAsked(nextOffset: Offset): Promise<void> | undefined {
    return this.#isFlushDue(nextOffset) ? this.#flusher.flushTo(nextOffset) : undefined
  }

  #isFlushDue(nextOffset: Offset): boolean {
    return nextOffset - this.#flusher.recoveryPoint >= this.config.flushMessages
  }

  #onWritten(nextOffset: Offset): void {
    this.#state.noteWritten(nextOffset)
    this.#writtenListeners.call(nextOffset)
  }

  #fail(error: DiskError): void {
    if (this.#failure || this.#isClosed) return
    this.#failure = error
    this.#failedListeners.call(error)
  }

  /** Called with every new log end offset; the answered function ends it. */
  onWritten(listener: (logEndOffset: Offset) => void): () => void {
    return this.#writtenListeners.add(listener)
  }

  /** Called once, when the log can be used no more; the answered function ends it. */
  onFailed(listener: (error: DiskError) => void): () => void {
    return this.#failedListeners.add(listener)
  }

  /** All that was appended before the call is on disk afterwards. Rejects with the DiskError that took the directory offline. */
  async flush(): Promise<void> {
    const offset = this.nextOffset
    if (offset > this.logEndOffset) await this.#writer.drained()
    if (this.#failure) throw this.#failure
    await this.#flusher.flushTo(offset)
  }

  /** A range of the log, at once where that needs no look into a file. The caller lets go of it with `release`. */
  read(offset: Offset, options: ReadOptions): LogRead | Promise<LogRead> {
    if (this.#failure || this.#isClosed) return { ok: false, error: errors.KAFKA_STORAGE_ERROR }
    const read = this.#reader.read(offset, options)
    return read instanceof Promise ? this.#reads.guardRead(read) : read
  }

  /** The same, in memory: whole batches, as many as fit, at least one. Rejects with OffsetOutOfRangeError or a DiskError. */
  readBytes(offset: Offset, options: { maxBytes: number; upTo: Offset }): Promise<Buffer> {
    return this.#reads.guard(this.#reader.readBytes(offset, options.maxBytes, options.upTo))
  }

  /** The first record below `upTo` whose timestamp is at least this. Rejects with a DiskError. */
  offsetForTimestamp(timestamp: Int64, upTo: Offset): Promise<TimestampOffset | undefined> {
    return this.#reads.guard(this.#reader.offsetForTimestamp(timestamp, upTo))
  }

  /** The record with the largest timestamp, if it is below `upTo`. Rejects with a DiskError. */
  maxTimestamp(upTo: Offset): Promise<TimestampOffset | undefined> {
    return this.#reads.guard(this.#reader.maxTimestamp(upTo))
  }

  /**
   * Compares the files with what was written to them, and takes this log offline when one is shorter: what follows the cut is
   * lost, and what would be written now would lie behind a hole. Answers whether that is so.
   */
  async checkFiles(): Promise<boolean> {
    const isOpen = () => this.#isUsable && !this.#compaction?.isReplacing
    if (!isOpen()) return this.#failure !== undefined
    const { segments } = this.#state
    const isPart = (segment: LogSegment) => isOpen() && segments.all.includes(segment)
    const short = await findShortFile(this.logDirectory.disk, [...segments.all], isPart)
    if (short === undefined) return false
    const { name } = this.#state
    this.#world.logger.error(
      { topic: this.topic, partition: this.partition, error: short.message },
      `${name} is offline: ${short.message}. What is left of it is kept; start the broker again to serve that.`,
    )
    this.#fail(short)
    await this.#writer.stop()
    return true
  }

  endOffsetForEpoch(epoch: LeaderEpoch, upTo: Offset): EpochEndOffset {
    return this.#state.epochs.endOffsetFor(epoch, upTo)
  }

  epochForOffset(offset: Offset): LeaderEpoch | undefined {
    return this.#state.epochs.epochForOffset(offset)
  }

  /** For DescribeProducers. */
  activeProducers(): Iterable<ActiveProducer> {
    return this.#state.producers.active()
  }

  /** Forgets producers that have been silent for producer.id.expiration.ms, as it is now. */
  removeExpiredProducers(nowMs: number, expirationMs: number): void {
    this.#state.producers.removeExpired(nowMs, expirationMs)
  }

  /** Moves the log start, which must not pass the high watermark; whole segments go when retention next runs. */
  async deleteRecordsBefore(offset: Offset): Promise<void> {
    const { name, highWatermark } = this.#state
    if (offset > highWatermark) {
      throw new RangeError(`${name}: the log cannot start at ${offset}, above the high watermark ${highWatermark}`)
    }
    this.#state.moveLogStart(offset)
  }

  /** Applies retention; answers how many segments went. */
  async deleteOldSegments(nowMs: number): Promise<number> {
    const isAllowed = () => this.#isUsable && !this.#compaction?.isRunning
    return isAllowed() ? this.#trimmer.deleteOldSegments(nowMs, isAllowed) : 0
  }

  /** Begins a new segment, unless the active one is empty. */
  roll(): void {
    if (this.#state.segments.active.sizeBytes > 0) this.#appender.roll(this.nextOffset)
  }

  /** Cuts the log so that it ends below the offset. Appends are refused meanwhile. */
  truncateTo(offset: Offset): Promise<void> {
    return this.#cut(offset, () => this.#trimmer.truncateTo(offset))
  }

  /** Removes everything; the next record gets the offset. Appends are refused meanwhile. */
  truncateFullyAndStartAt(offset: Offset): Promise<void> {
    return this.#cut(offset, () => this.#trimmer.restartAt(offset))
  }

  async #cut(offset: Offset, change: () => Promise<void>): Promise<void> {
    if (this.#isBusy || this.#isClosed) throw new Error(`${this.#state.name} is being closed or truncated already`)
    this.#isBusy = true
    this.compaction.noteCut(offset)
    try {
      await this.compaction.idle()
      await this.#trimmer.idle()
      await this.#writer.drained()
      await this.logDirectory.insist(change)
    } finally {
      this.#isBusy = false
    }
  }

  /**
   * Writes what is queued, and everything that makes the next opening quick. Afterwards the log takes nothing any more.
   * Rejects when that could not be done: then the stop is not a clean one.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isBusy = true
    try {
      if (this.#failure) throw this.#failure
      await this.#store()
    } finally {
      await this.abandon()
    }
  }

  async #store(): Promise<void> {
    const directory = this.logDirectory
    await this.#compaction?.idle()
    await this.#trimmer.idle()
    await this.#writer.drained()
    const { active } = this.#state.segments
    if (directory.spaceAhead.noteDone(active)) await directory.attempt(() => active.giveBackSpace())
    if (this.#state.isChanged) await directory.sync(() => this.#storeActive())
    if (active.isCut) await directory.sync(() => active.sync())
    await this.#flusher.flushTo(this.nextOffset)
    await this.#epochs.store()
  }

  // The batches themselves follow with the flush.
  async #storeActive(): Promise<void> {
    const { segments, snapshots, producers } = this.#state
    segments.active.seal()
    await segments.active.indexes.store(true)
    await snapshots.take(producers, true)
    this.#flusher.noteNamesChanged()
  }

  /** What the next opening need not find out by itself; of a log that has been closed. Undefined: it has to. */
  async summarize(): Promise<LogSummary | undefined> {
    const found = await this.logDirectory.disk.stat(this.openedAs)
    return found && summarize(this.#state, this, found.modifiedMs)
  }

  /** Another log has taken its place: reads that are under way end in good order. */
  async retire(): Promise<void> {
    this.#isBusy = true
    await this.#reads.ended()
    await this.abandon()
  }

  /** Lets go of everything without writing: the directory failed, or the log is going to be deleted. */
  async abandon(): Promise<void> {
    this.#isClosed = true
    this.#stopListening()
    // Deletion renames the directory, in which the names of files must not change any more.
    if (!this.logDirectory.isFull) await this.#compaction?.idle()
    this.#trimmer.stop()
    this.#epochs.abandon()
    await this.#writer.stop()
    await this.#flusher.stop()
    // What waits for space is not waited for.
    if (!this.logDirectory.isFull) await this.#trimmer.idle()
    for (const segment of this.#state.segments.all) {
      this.logDirectory.spaceAhead.noteDone(segment)
      await segment.close()
    }
  }
}

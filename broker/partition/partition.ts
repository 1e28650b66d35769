// One partition on this broker: who leads it in which epoch, how far its records are committed, and who waits for that.
//
// Invariant: within one leadership the high watermark never falls, and nothing above it is shown to a consumer.
// High watermark: what every in-sync replica has. With this broker as the only one in sync that is the log end offset,
// that is what has been written; the other replicas' log ends join the minimum in `#advance` once there is replication.
// Source: Kafka 4.3.0's kafka.cluster.Partition. Not here: followers, ISR changes, reassignment.

import { errors, type ProtocolError } from '../../protocol/errors.ts'
import type { LeaderEpoch, Offset } from '../../protocol/types.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { Decide } from '../log/append-queue.ts'
import type { AppendOptions, AppendOrigin, AppendOutcome, PartitionLog } from '../log/partition-log.ts'
import type { PreparedBatch } from '../log/recompressor.ts'
import type { PartitionImage } from '../metadata/metadata-image.ts'
import { OffsetWaits, type Waited } from './offset-waits.ts'

/** -1: committed, 1: written here, 0: nobody waits. */
export type Acks = -1 | 0 | 1

/** Who wants to know that a partition moved: its high watermark, its log start or its leadership. */
export interface PartitionWatcher {
  partitionMoved(partition: Partition): void
}

export interface AppendRequest {
  readonly acks: Acks
  readonly origin: AppendOrigin
  /** For transaction markers, see AppendOptions of the log. */
  readonly transactionVersion?: number | undefined
  /** Of a batch that begins a transaction, see AppendOptions of the log. */
  readonly verification?: AppendOptions['verification']
  /** What `prepare` answered for the batch. */
  readonly prepared?: PreparedBatch | undefined
}

export interface PartitionOptions {
  readonly topic: string
  readonly index: number
  readonly topicId: Uuid
  readonly log: PartitionLog
  readonly brokerId: number
}

export class Partition {
  readonly topic: string
  readonly index: number
  readonly topicId: Uuid
  #log: PartitionLog
  readonly #brokerId: number
  readonly #written = new OffsetWaits()
  readonly #committed = new OffsetWaits()
  /** Made by the first one. */
  #watchers: Set<PartitionWatcher> | undefined
  #stopListening: (() => void)[] = []
  #image: PartitionImage | undefined
  /** No other replica is in sync. Of the image; kept because each write asks. */
  #isAlone = true
  /** As it was last set; -1 before, when the log answers its end in place of it. */
  #highWatermark: Offset = -1
  /** Why nothing can be asked of it any more; undefined while it is in use. */
  #closed: ProtocolError | undefined

  constructor(options: PartitionOptions) {
    this.topic = options.topic
    this.index = options.index
    this.topicId = options.topicId
    this.#log = options.log
    this.#brokerId = options.brokerId
    this.#listen()
  }

  #listen(): void {
    const log = this.#log
    // From here on the partition says what is committed. Left alone, the log would take everything written for committed, and
    // whoever waits for a batch would find the high watermark behind it already and never hear of an advance.
    log.setHighWatermark(log.highWatermark)
    this.#stopListening = [
      log.onWritten(logEndOffset => this.#onWritten(logEndOffset)),
      log.onFailed(() => this.close(errors.KAFKA_STORAGE_ERROR)),
    ]
  }

  /** Another one after a move to another log directory: ask again after an `await`. */
  get log(): PartitionLog {
    return this.#log
  }

  /** The other log holds what is written, and goes on from there. Whoever waits for an offset waits on. */
  replaceLog(log: PartitionLog): void {
    if (this.#closed !== undefined) return
    for (const stop of this.#stopListening) stop()
    this.#log = log
    this.#listen()
    this.#wakeWatchers()
  }

  /** -1: not known yet. */
  get leaderEpoch(): LeaderEpoch {
    return this.#image?.leaderEpoch ?? -1
  }
  get leader(): number {
    return this.#image?.leader ?? -1
  }
  get isLeader(): boolean {
    return this.#closed === undefined && this.#image?.leader === this.#brokerId
  }
  /** Its disk failed. */
  get isOffline(): boolean {
    return this.#closed === errors.KAFKA_STORAGE_ERROR
  }
  get inSyncReplicas(): readonly number[] {
    return this.#image?.isr ?? []
  }
  get highWatermark(): Offset {
    return this.log.highWatermark
  }
  /** What a reader of committed transactions may see. */
  get lastStableOffset(): Offset {
    return this.log.lastStableOffset
  }
  get logStartOffset(): Offset {
    return this.log.logStartOffset
  }

  /** Takes on what the metadata says: leads from here on, or stops. */
  apply(image: PartitionImage): void {
    const before = this.#image
    this.#image = image
    this.#isAlone = image.isr.every(replica => replica === this.#brokerId)
    if (!this.isLeader) {
      this.#fail(errors.NOT_LEADER_OR_FOLLOWER)
      return
    }
    // The epoch begins here even if nothing is ever written in it: who asks where an older one ends must be told so.
    if (before?.leaderEpoch !== image.leaderEpoch || before.leader !== image.leader)
      this.log.beginEpoch(image.leaderEpoch)
    this.#advance()
  }

  /** NONE, or why a request that knows this leader epoch is not served. -1: the request does not say. */
  checkLeaderEpoch(currentLeaderEpoch: LeaderEpoch): ProtocolError {
    if (currentLeaderEpoch === -1 || currentLeaderEpoch === this.leaderEpoch) return errors.NONE
    return currentLeaderEpoch < this.leaderEpoch ? errors.FENCED_LEADER_EPOCH : errors.UNKNOWN_LEADER_EPOCH
  }

  /**
   * Whether a client's batch must wait for recompression, its own or that of one before it. False: append it now. True:
   * `decide` is called when it is to be appended, whatever has become of the partition by then.
   */
  prepare(batch: Buffer, decide: Decide): boolean {
    return this.isLeader && this.log.prepare(batch, decide)
  }

  /** Appends as leader; synchronous. The bytes are changed in place and belong to the log afterwards. */
  append(batches: Buffer, request: AppendRequest): AppendOutcome {
    if (this.#closed !== undefined) return { ok: false, error: this.#closed }
    if (!this.isLeader) return { ok: false, error: errors.NOT_LEADER_OR_FOLLOWER }
    if (request.acks === -1 && this.inSyncReplicas.length < this.#minInSyncReplicas) {
      const message = `${this.topic}-${this.index} has ${this.inSyncReplicas.length} in-sync replicas, min.insync.replicas asks for ${this.#minInSyncReplicas}`
      return { ok: false, error: errors.NOT_ENOUGH_REPLICAS, message }
    }
    const { origin, transactionVersion, verification, prepared } = request
    const { leaderEpoch } = this
    return this.log.append(batches, { leaderEpoch, origin, prepared, transactionVersion, verification })
  }

  /** Calls `done` with NONE once the record at `offset` is written here, or with why that will not be. Perhaps at once. */
  whenWritten(offset: Offset, done: Waited): void {
    if (this.#closed !== undefined) done(this.#closed)
    else if (this.log.logEndOffset > offset) done(errors.NONE)
    else this.#written.add(offset, done)
  }

  /**
   * Calls `done` once the record at `offset` is committed: NONE, or NOT_ENOUGH_REPLICAS_AFTER_APPEND when fewer than
   * min.insync.replicas have it. Or why that will not be: KAFKA_STORAGE_ERROR, NOT_LEADER_OR_FOLLOWER. Perhaps at once.
   */
  whenCommitted(offset: Offset, done: Waited): void {
    if (this.#closed !== undefined) done(this.#closed)
    else if (!this.isLeader) done(errors.NOT_LEADER_OR_FOLLOWER)
    else if (this.highWatermark > offset) done(this.#committedBy())
    else this.#committed.add(offset, done)
  }

  /** Calls the listener with every new high watermark until cancelled. */
  onHighWatermark(listener: (highWatermark: Offset) => void): () => void {
    const watcher = { partitionMoved: () => listener(this.highWatermark) }
    this.watch(watcher)
    return () => this.unwatch(watcher)
  }

  watch(watcher: PartitionWatcher): void {
    this.#watchers ??= new Set()
    this.#watchers.add(watcher)
  }
  unwatch(watcher: PartitionWatcher): void {
    this.#watchers?.delete(watcher)
  }

  /** Moves the log start, never above the high watermark. Answers the new low watermark. */
  async deleteRecordsBefore(offset: Offset): Promise<{ lowWatermark: Offset } | { error: ProtocolError }> {
    if (this.#closed !== undefined) return { error: this.#closed }
    if (!this.isLeader) return { error: errors.NOT_LEADER_OR_FOLLOWER }
    const { compact, delete: deletes } = this.log.config.cleanupPolicy
    if (compact && !deletes) return { error: errors.POLICY_VIOLATION }
    const before = offset === -1 ? this.highWatermark : offset
    if (before < 0 || before > this.highWatermark) return { error: errors.OFFSET_OUT_OF_RANGE }
    await this.log.deleteRecordsBefore(before)
    this.#wakeWatchers()
    return { lowWatermark: this.log.logStartOffset }
  }

  /** Deleted, moved away, or its disk failed: whoever waits is told the error. The log is not closed. */
  close(error: ProtocolError): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    for (const stop of this.#stopListening) stop()
    this.#fail(error)
  }

  /** As many as there are replicas at most: a topic with one replica takes acks=all whatever min.insync.replicas says. */
  get #minInSyncReplicas(): number {
    return Math.min(this.log.config.minInsyncReplicas, this.#image?.replicas.length ?? 1)
  }

  #committedBy(): ProtocolError {
    const isEnough = this.inSyncReplicas.length >= this.#minInSyncReplicas
    return isEnough ? errors.NONE : errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND
  }

  #onWritten(logEndOffset: Offset): void {
    this.#written.advance(logEndOffset)
    if (this.isLeader) this.#advance()
  }

  #advance(): void {
    // Others in sync: how far they are is not known here yet, so nothing is committed that was not before.
    const { logEndOffset } = this.log
    if (!this.#isAlone || logEndOffset <= this.#highWatermark) return
    this.#highWatermark = logEndOffset
    this.log.setHighWatermark(logEndOffset)
    this.#committed.advance(logEndOffset, this.#committedBy())
    this.#wakeWatchers()
  }

  #fail(error: ProtocolError): void {
    this.#written.fail(error)
    this.#committed.fail(error)
    this.#wakeWatchers()
  }

  #wakeWatchers(): void {
    if (this.#watchers === undefined) return
    for (const watcher of this.#watchers) watcher.partitionMoved(this)
  }
}

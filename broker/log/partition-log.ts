// One partition's log on disk: segments, indexes, producers, leader epochs, and the queue of what is not yet written.
//
// Invariant: logStartOffset <= recoveryPoint <= logEndOffset <= nextOffset. `nextOffset` is assigned, `logEndOffset` is written.
// Source: Kafka 4.3.0's UnifiedLog and LocalLog.

import type { DiskError } from '../../io/disk.ts'
import type { FilePart } from '../../io/net.ts'
import type { ProtocolError } from '../../protocol/errors.ts'
import type { LeaderEpoch, Offset } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { LogConfig } from '../config/log-config.ts'

/** A record that was refused, by its place in the batch. */
export interface RecordError {
  readonly batchIndex: number
  readonly message: string | null
}

export interface Appended {
  readonly ok: true
  readonly baseOffset: Offset
  readonly lastOffset: Offset
  /** -1: the records keep the time their producer gave them. */
  readonly logAppendTimeMs: Int64
  /** The producer had sent this batch before: these are the offsets it got then, perhaps not written yet. */
  readonly duplicate: boolean
}

export interface Refused {
  readonly ok: false
  readonly error: ProtocolError
  readonly message?: string
  readonly recordErrors?: readonly RecordError[]
}

export type AppendOutcome = Appended | Refused

/**
 * `client` and `coordinator`: one batch, whose offsets and leader epoch are stamped here.
 * `raft` and `replication`: batches that carry their offsets and leader epochs already (Kafka's RAFT_LEADER, REPLICATION).
 */
export type AppendOrigin = 'client' | 'coordinator' | 'raft' | 'replication'

export interface AppendOptions {
  readonly leaderEpoch: LeaderEpoch
  readonly origin: AppendOrigin
  /** For transaction markers: 2 asks for an epoch above the producer's last one, 0 and 1 for one that is not below it. */
  readonly transactionVersion?: number
}

export interface ReadOptions {
  readonly maxBytes: number
  /** Exclusive: the high watermark, the last stable offset or the log end offset. */
  readonly upTo: Offset
  /** The first batch is answered whole even if it is larger than maxBytes. */
  readonly atLeastOneBatch: boolean
  /** Collect the aborted transactions that touch what was read (read_committed). */
  readonly withAbortedTransactions?: boolean
}

export interface AbortedTransaction {
  readonly producerId: Int64
  readonly firstOffset: Offset
}

export interface ReadRange {
  readonly ok: true
  /** Undefined: nothing there (yet). Batches from the one that contains the offset; the last one may be cut, as in Kafka. */
  readonly part: FilePart | undefined
  readonly bytes: number
  readonly batchBaseOffset: Offset
  readonly abortedTransactions: readonly AbortedTransaction[]
  /** To be called once when the part has been given to `Connection.send`, or is not going to be: the file may then close. */
  readonly release: () => void
}

export interface ReadRefused {
  readonly ok: false
  /** OFFSET_OUT_OF_RANGE or KAFKA_STORAGE_ERROR. */
  readonly error: ProtocolError
}

export type LogRead = ReadRange | ReadRefused

export interface TimestampOffset {
  readonly timestamp: Int64
  readonly offset: Offset
  /** -1: not known. */
  readonly leaderEpoch: LeaderEpoch
}

export interface EpochEndOffset {
  /** Both -1: not known. */
  readonly leaderEpoch: LeaderEpoch
  readonly endOffset: Offset
}

/** What DescribeProducers tells of one producer. */
export interface ActiveProducer {
  readonly producerId: Int64
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: Int64
  readonly coordinatorEpoch: number
  /** -1: no transaction under way. */
  readonly currentTransactionStartOffset: Offset
}

export declare class PartitionLog {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid | undefined
  /** Path of the partition's directory. */
  readonly directory: string
  readonly config: LogConfig
  readonly logStartOffset: Offset
  /** The offset that the next appended record gets. */
  readonly nextOffset: Offset
  /** Everything below is written, and flushed where flush.messages asks for it. */
  readonly logEndOffset: Offset
  /** Everything below survives a loss of power. */
  readonly recoveryPoint: Offset
  readonly sizeBytes: number
  /** As set, or the log end offset when nobody ever sets it. Bounds retention and the last stable offset. */
  readonly highWatermark: Offset
  /** Where the first transaction begins whose outcome is not known below the high watermark; otherwise the high watermark. */
  readonly lastStableOffset: Offset
  readonly latestEpoch: LeaderEpoch | undefined

  updateConfig(config: LogConfig): void
  setHighWatermark(offset: Offset): void
  /** One synchronous decision; the bytes are stamped in place, queued, and belong to the log from here on. */
  append(batches: Buffer, options: AppendOptions): AppendOutcome
  onWritten(listener: (logEndOffset: Offset) => void): () => void
  onFailed(listener: (error: DiskError) => void): () => void
  /** All that was appended before the call is on disk afterwards. Rejects with the DiskError that took the directory offline. */
  flush(): Promise<void>
  read(offset: Offset, options: ReadOptions): LogRead | Promise<LogRead>
  /** The same, in memory: whole batches only. Rejects with OffsetOutOfRange or a DiskError. */
  readBytes(offset: Offset, options: { maxBytes: number; upTo: Offset }): Promise<Buffer>
  /** First record whose timestamp is at least this, below `upTo`. */
  offsetForTimestamp(timestamp: Int64, upTo: Offset): Promise<TimestampOffset | undefined>
  /** The record with the largest timestamp, below `upTo`. */
  maxTimestamp(upTo: Offset): Promise<TimestampOffset | undefined>
  endOffsetForEpoch(epoch: LeaderEpoch, upTo: Offset): EpochEndOffset
  epochForOffset(offset: Offset): LeaderEpoch | undefined
  /** Moves the log start; whole segments go when retention next runs. */
  deleteRecordsBefore(offset: Offset): Promise<void>
  truncateTo(offset: Offset): Promise<void>
  truncateFullyAndStartAt(offset: Offset): Promise<void>
  /** Applies retention; answers how many segments went. */
  deleteOldSegments(nowMs: number): Promise<number>
  activeProducers(): Iterable<ActiveProducer>
  close(): Promise<void>
}

// What becomes of an append.

import type { ProtocolError } from '../../protocol/errors.ts'
import type { LeaderEpoch, Offset } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { PreparedBatch } from './recompressor.ts'
import type { VerificationGuard } from './transaction-verifications.ts'

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
  readonly transactionVersion?: number | undefined
  /**
   * What `startVerification` answered before the transaction's coordinator was asked whether this partition is part of it.
   * Without it a transaction cannot begin here, unless the broker is told not to check (`disabled`).
   */
  readonly verification?: VerificationGuard | 'disabled' | undefined
  /** The batch was checked and recompressed beforehand (append-queue.ts). */
  readonly prepared?: PreparedBatch | undefined
}

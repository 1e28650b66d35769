// What a coordinator is to the runtime: a synchronous state machine over the records of one partition.
//
// Three verbs. A decision reads state and time and answers records and a response. `apply` is what changes state, in the
// running coordinator right after the decision and in the next one when it replays the log. A timer is a decision that is
// made later.

import type { ProtocolError } from '../../../protocol/errors.ts'
import type { LeaderEpoch, Offset } from '../../../protocol/types.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { VerificationGuard } from '../../log/transaction-verifications.ts'
import type { CoordinatorTimers } from './coordinator-timers.ts'
import type { Timeline } from './timeline.ts'

/** In whose transaction records are written: they count when it commits. */
export interface TransactionOfRecords {
  readonly producerId: Int64
  readonly producerEpoch: number
  readonly verification: VerificationGuard | 'disabled' | undefined
}

/** The end of a producer's transaction in a coordinator's partition. */
export interface TransactionEnd {
  readonly producerId: Int64
  readonly producerEpoch: number
  /** Of the transaction's coordinator. */
  readonly coordinatorEpoch: number
  readonly committed: boolean
  readonly transactionVersion: number
}

export interface Decision<Response, Record> {
  readonly response: Response
  /** Written together, in one batch. */
  readonly records?: readonly Record[]
  /** The records belong to this transaction, and are a batch of their own. */
  readonly transaction?: TransactionOfRecords
  /** State that must not outlive a change of coordinator has changed already: the records are written, not applied. */
  readonly alreadyApplied?: boolean
  /** The records may be spread over several batches: each stands for itself. */
  readonly divisible?: boolean
  /** Called as an event of its own once the records are committed (NONE), or will not be, or that took too long. */
  readonly settled?: (error: ProtocolError, nowMs: number) => Decision<unknown, Record> | undefined
  /** `settled` is not called with REQUEST_TIMED_OUT but when it is known what has become of the records, however late. */
  readonly settlesLate?: boolean
}

/** An event that nobody waits for; undefined: nothing came of it. */
export type CoordinatorEvent<Record> = (nowMs: number) => Decision<unknown, Record> | undefined

/** Where a record stands in the log. producerId -1: not part of a transaction. */
export interface RecordPosition {
  readonly offset: Offset
  readonly producerId: Int64
  readonly producerEpoch: number
}

export interface CoordinatorState<Record> {
  /** Throws when the record contradicts the state: the log is not one of this coordinator. */
  apply(record: Record, position: RecordPosition): void
  /** What the producer wrote in its transaction counts from now on, or never. */
  endTransaction(producerId: Int64, committed: boolean): void
  /** All of the log has been applied: timers start. */
  onLoaded(nowMs: number): void
  /** This coordinator is no more: whoever is parked in it must be answered now. */
  onUnloaded(): void
}

/** What a state machine is built from, one per partition and leadership. */
export interface StateContext<Record> {
  readonly partition: number
  readonly timeline: Timeline
  readonly timers: CoordinatorTimers<CoordinatorEvent<Record>>
}

/** The bytes of a record. */
export interface KeyValue {
  readonly key: Buffer
  readonly value: Buffer | null
}

export interface RecordCodec<Record> {
  encode(record: Record): KeyValue
  /** A number: a record type this version does not know, to be skipped. Throws when it cannot be read. */
  decode(key: Buffer | null, value: Buffer | null): Record | number
}

export type Outcome<Response> =
  | { readonly ok: true; readonly response: Response }
  | { readonly ok: false; readonly error: ProtocolError }

/** A leadership of one partition of the internal topic. */
export interface Leadership {
  readonly topic: string
  readonly partition: number
  readonly leaderEpoch: LeaderEpoch
}

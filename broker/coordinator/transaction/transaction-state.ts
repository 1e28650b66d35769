// The transactional ids of one partition of __transaction_state: what they are, as their records say, and the timers that go
// on where no client does.
//
// Invariant: the outcome of a transaction is in the log before anybody is told of it, markers included: `onPrepared` is called
// when the record is committed, and again by a new coordinator that finds it there.
// Source: Kafka 4.3.0's TransactionStateManager.

import { errors } from '../../../protocol/errors.ts'
import type { CoordinatorEvent, CoordinatorState, Decision, StateContext } from '../runtime/coordinator-state.ts'
import type { CoordinatorTimers } from '../runtime/coordinator-timers.ts'
import { TimelineMap } from '../runtime/timeline-map.ts'
import { expireTransactionalIds, timedOut } from './expire-transactions.ts'
import type { Transaction } from './transaction.ts'
import { recordVersion, type TransactionRecord } from './transaction-record.ts'
import type { TransactionSettings } from './transaction-settings.ts'
import { isPrepared } from './transaction-status.ts'

export interface TransactionStateOptions {
  readonly settings: TransactionSettings
  /** The finalised level of the feature transaction.version. */
  readonly transactionVersion: () => number
  /** The outcome is committed: its markers are to be written. */
  readonly onPrepared: (partition: number, transaction: Transaction) => void
  /** Called with ids whose transactions have run for too long. */
  readonly onTimedOut: (transactionalIds: readonly string[]) => void
}

export class TransactionState implements CoordinatorState<TransactionRecord> {
  readonly transactions: TimelineMap<string, Transaction>
  readonly #options: TransactionStateOptions
  readonly #partition: number
  readonly #timers: CoordinatorTimers<CoordinatorEvent<TransactionRecord>>

  constructor(options: TransactionStateOptions, { partition, timeline, timers }: StateContext<TransactionRecord>) {
    this.transactions = new TimelineMap(timeline)
    this.#options = options
    this.#partition = partition
    this.#timers = timers
  }

  get settings(): TransactionSettings {
    return this.#options.settings
  }

  /** Of the cluster; what a broker does on its own account follows it, whatever the client speaks. */
  get transactionVersion(): number {
    return this.#options.transactionVersion()
  }

  apply({ transactionalId, transaction }: TransactionRecord): void {
    if (transaction === null) this.transactions.delete(transactionalId)
    else this.transactions.set(transactionalId, transaction)
  }

  /** The records of this topic belong to no transaction. */
  endTransaction(): void {}

  /** The decision that an id is from now on what `transaction` says. */
  moveTo<Response>(transaction: Transaction, response: Response): Decision<Response, TransactionRecord> {
    const { transactionalId } = transaction
    const record = { transactionalId, transaction, version: recordVersion(this.transactionVersion) }
    if (!isPrepared(transaction.status)) return { response, records: [record] }
    return {
      response,
      records: [record],
      // Decided is decided, also when whoever asked has been told that it took too long.
      settlesLate: true,
      settled: error => {
        if (error === errors.NONE) this.#options.onPrepared(this.#partition, transaction)
        return undefined
      },
    }
  }

  onLoaded(): void {
    this.#resumeEnds()
    this.#scheduleTimeouts()
    this.#scheduleExpiry()
  }

  /** Whoever coordinated before may have written some of the markers, or all of them: they are written again. */
  #resumeEnds(): void {
    const decided = [...this.transactions.values()].filter(({ status }) => isPrepared(status))
    if (decided.length === 0) return
    // As an event that sees the end of the log, so that nothing is sent before it is committed.
    this.#timers.schedule('resume ends', 0, () => ({
      response: undefined,
      settlesLate: true,
      settled: error => {
        if (error === errors.NONE) for (const each of decided) this.#options.onPrepared(this.#partition, each)
        return undefined
      },
    }))
  }

  #scheduleTimeouts(): void {
    this.#timers.schedule('time out', this.settings.timeoutCheckMs, nowMs => {
      this.#scheduleTimeouts()
      const ids = timedOut(this, nowMs)
      if (ids.length > 0) this.#options.onTimedOut(ids)
      return undefined
    })
  }

  #scheduleExpiry(): void {
    this.#timers.schedule('expire', this.settings.expirationCheckMs, nowMs => {
      this.#scheduleExpiry()
      return { response: undefined, records: expireTransactionalIds(this, nowMs), divisible: true }
    })
  }

  onUnloaded(): void {}
}

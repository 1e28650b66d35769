// One transaction, as its user holds it: what is sent with it is read by all or by nobody who reads committed records.

import { ClientError } from '../client-error.ts'
import type { BatchSendResult } from './batch-send.ts'
import type { RecordMetadata } from './deliveries.ts'
import type { SendOptions } from './producer.ts'
import type { RecordSource } from './record-source.ts'
import type { ProducerRecord } from './topic-queue.ts'
import type { GroupMetadata, TransactionalOffset } from './transaction-coordinator.ts'
import type { Transactions } from './transactions.ts'

export interface TransactionMeans {
  readonly transactions: Transactions
  send(topic: string, record: ProducerRecord, options?: SendOptions): Promise<RecordMetadata>
  sendBatch(topic: string, records: RecordSource, options?: SendOptions): Promise<BatchSendResult>
  /** Rejects with DEADLINE_EXCEEDED when it takes longer than maxBlockMs. */
  within<Result>(work: Promise<Result>, what: string): Promise<Result>
}

export class Transaction implements AsyncDisposable {
  readonly #means: TransactionMeans
  /** Committed, aborted, or given up by the cluster. */
  #isEnded = false
  #committing: Promise<void> | undefined
  #aborting: Promise<void> | undefined

  constructor(means: TransactionMeans) {
    this.#means = means
  }

  /**
   * As `producer.send`, but it need not be awaited: a commit rejects when a record was given up. Once one was, everything that
   * follows rejects with what must be done.
   */
  send(topic: string, record: ProducerRecord, options?: SendOptions): Promise<RecordMetadata> {
    try {
      this.#check()
      this.#means.transactions.checkSend()
    } catch (error) {
      return Promise.reject(error)
    }
    return answeredByCommit(this.#means.send(topic, record, options))
  }

  /** As `producer.sendBatch`. */
  sendBatch(topic: string, records: RecordSource, options?: SendOptions): Promise<BatchSendResult> {
    try {
      this.#check()
      this.#means.transactions.checkSend()
    } catch (error) {
      return Promise.reject(error)
    }
    return answeredByCommit(this.#means.sendBatch(topic, records, options))
  }

  /** Commits offsets of a consumer's group with the transaction: what was read is done exactly when what came of it is. */
  async sendOffsets(offsets: readonly TransactionalOffset[], group: GroupMetadata | string): Promise<void> {
    this.#check()
    const metadata = typeof group === 'string' ? { groupId: group } : group
    await this.#means.within(this.#means.transactions.sendOffsets(offsets, metadata), 'send the offsets')
  }

  /**
   * Resolves when everything is committed. Rejects with a TransactionError, whose `remedy` says what to do, or with
   * DEADLINE_EXCEEDED: then it is being committed still, and calling it again waits on.
   */
  async commit(): Promise<void> {
    this.#check()
    this.#committing ??= this.#means.transactions.end(true)
    await this.#means.within(this.#committing, 'commit the transaction')
    this.#isEnded = true
  }

  /** Resolves when nothing of it will be read. What was not sent yet is rejected with TRANSACTION_ABORTED. */
  async abort(): Promise<void> {
    this.#check()
    this.#aborting ??= this.#means.transactions.end(false)
    await this.#means.within(this.#aborting, 'abort the transaction')
    this.#isEnded = true
  }

  /** Aborts what was not committed; never rejects, for the error that led here matters more. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isEnded || !this.#means.transactions.isOpen) return
    await this.abort().catch(() => {})
  }

  #check(): void {
    if (!this.#isEnded) return
    throw new ClientError('INVALID_TXN_STATE', 'the transaction has ended', { help: 'begin another one' })
  }
}

/** Nobody has to look at it: what went wrong keeps the transaction from being committed, and an abort is what was asked for. */
function answeredByCommit<Result>(sent: Promise<Result>): Promise<Result> {
  sent.catch(() => {})
  return sent
}

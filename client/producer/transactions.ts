// The transactions of one producer, one after the other: who it is, which partitions have joined, how each ends.
// Version 2 of transactions (KIP-890): a partition joins by being produced to, and each end takes the next epoch, so that a late
// request of one transaction can never be taken for one of the next. Before: a partition is added first, and the epoch stays.
// Invariant: a transaction ends at the coordinator only when none of its records is under way any more.
// Source: org.apache.kafka.clients.producer.internals.TransactionManager, Kafka 4.3.0.

import { ClientError } from '../client-error.ts'
import type { Gate, PartitionQueue } from './partition-queue.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import type { GroupMetadata, TransactionalOffset, TransactionCoordinator } from './transaction-coordinator.ts'
import { remedyForRecords, TransactionError, transactionError } from './transaction-error.ts'
import { TransactionState } from './transaction-state.ts'

export interface TransactionHost {
  /** The partition may be sent to now. */
  ready(queue: PartitionQueue): void
  /** Resolves when all records sent so far are acknowledged or given up. */
  flush(): Promise<void>
  /** Gives up what was never sent. */
  dropUnsent(error: Error): void
  /** Gives up everything: nothing will be sent any more. */
  dropAll(error: Error): void
}

export class Transactions implements Gate {
  readonly underWayMax: number
  readonly isIdempotent = true
  readonly isTransactional = true
  readonly #coordinator: TransactionCoordinator
  readonly #transactionalId: string
  readonly #host: TransactionHost
  readonly #state = new TransactionState()
  readonly #joined = new Set<PartitionQueue>()
  readonly #joining = new Set<PartitionQueue>()
  #adding: Promise<void> | undefined
  #identity: ProducerIdentity | undefined
  #isVersion2 = false
  /** The coordinator knows of it: there is something to end. */
  #isBegun = false
  /** The next transaction needs another epoch than this one had. */
  #needsEpoch = false
  /** Until whoever asked for it has it. */
  #starting: Promise<void> | undefined

  constructor(
    coordinator: TransactionCoordinator,
    transactionalId: string,
    options: { readonly underWayMax: number; readonly host: TransactionHost },
  ) {
    this.#coordinator = coordinator
    this.#transactionalId = transactionalId
    this.underWayMax = options.underWayMax
    this.#host = options.host
  }

  get isVersion2(): boolean {
    return this.#isVersion2
  }
  /** Whether a transaction is under way that could be aborted. */
  get isOpen(): boolean {
    return this.#state.phase === 'open' || this.#state.phase === 'failed'
  }

  identity(): ProducerIdentity | undefined {
    return this.#identity
  }
  nextIdentity(): undefined {
    return undefined
  }

  mayJoin(queue: PartitionQueue): boolean {
    return this.#state.phase !== 'over' && (this.#isVersion2 || this.#joined.has(queue))
  }

  /** The first record of a batch for the partition. */
  onOpened(queue: PartitionQueue): void {
    if (this.#isVersion2) this.#isBegun = true
    else if (!this.#joined.has(queue)) {
      this.#joining.add(queue)
      this.#adding ??= this.#addAll()
    }
  }

  /** Records were given up: the transaction cannot be committed any more. */
  onBatchFailed(error: Error): void {
    this.#fail(transactionError(error, remedyForRecords(error), this.#transactionalId))
  }

  /**
   * Resolves when records may be sent. Rejects with a TransactionError, or INVALID_TXN_STATE when one is under way. Who gave up
   * waiting and asks again waits for the same one.
   */
  begin(): Promise<void> {
    this.#starting ??= this.#begin()
    return this.#starting
  }

  /** The one that has begun is somebody's. */
  claim(): void {
    if (this.#starting === undefined) this.#state.check('begin', 'idle')
    this.#starting = undefined
  }

  /** Throws what keeps records from being sent now. */
  checkSend(): void {
    this.#state.check('send', 'open')
  }

  async sendOffsets(offsets: readonly TransactionalOffset[], group: GroupMetadata): Promise<void> {
    this.#state.check('sendOffsets', 'open')
    if (offsets.length === 0) return
    try {
      // Also when the answer is lost: the transaction may have begun.
      this.#isBegun = true
      await this.#coordinator.commitOffsets(this.#identity!, offsets, group, this.#isVersion2)
    } catch (error) {
      if (error instanceof TransactionError) this.#fail(error)
      throw error
    }
  }

  /** Resolves when the transaction is decided. Rejects with a TransactionError. */
  async end(committed: boolean): Promise<void> {
    if (committed) this.#state.check('commit', 'open')
    else this.#state.check('abort', 'open', 'failed')
    this.#state.to(committed ? 'committing' : 'aborting')
    await this.#end(committed)
  }

  async #begin(): Promise<void> {
    try {
      this.#state.check('begin', 'idle')
      this.#state.to('starting')
      await this.#start()
      this.#joined.clear()
      this.#isBegun = false
      this.#state.to('open')
    } catch (error) {
      this.#starting = undefined
      if (this.#state.phase !== 'starting') throw error
      if (error instanceof TransactionError) this.#state.to('over', error)
      else this.#state.to('idle')
      throw error
    }
  }

  async #start(): Promise<void> {
    const hadVersion2 = this.#isVersion2
    if (this.#identity === undefined) this.#identity = await this.#coordinator.initialise()
    else if (this.#needsEpoch) this.#identity = await this.#coordinator.initialise(this.#identity)
    else if (!hadVersion2 && (await this.#hasVersion2())) {
      // Between the two kinds the epoch tells them apart.
      this.#identity = await this.#coordinator.initialise(this.#identity)
    }
    this.#needsEpoch = false
    this.#isVersion2 = await this.#hasVersion2()
  }

  async #hasVersion2(): Promise<boolean> {
    try {
      return await this.#coordinator.hasVersion2()
    } catch {
      // It does not answer now: what was known last still holds.
      return this.#isVersion2
    }
  }

  async #end(committed: boolean): Promise<void> {
    if (!committed) this.#host.dropUnsent(abortedError())
    await this.#host.flush()
    await this.#adding
    if (this.#state.phase === 'failed' || this.#state.phase === 'over') throw this.#state.error!
    try {
      if (this.#isBegun) await this.#endAtCoordinator(committed)
      this.#state.to('idle')
    } catch (error) {
      this.#fail(error as Error)
      throw error
    }
  }

  async #endAtCoordinator(committed: boolean): Promise<void> {
    try {
      this.#identity = await this.#coordinator.end(this.#identity!, committed, this.#isVersion2)
    } catch (error) {
      // An end that the coordinator does not know what to do with: it begins anew, which ends whatever there is.
      if (committed || !(error instanceof TransactionError) || error.remedy !== 'abort') throw error
      this.#identity = undefined
    }
    this.#isBegun = false
    // Carried out late, it would end, or commit offsets with, the next transaction. Version 2 has another epoch for each.
    if (this.#coordinator.takeLost() && !this.#isVersion2) this.#needsEpoch = true
  }

  // One request at a time; what comes meanwhile goes with the next. Begun after the turn in which the first partition came.
  async #addAll(): Promise<void> {
    await undefined
    try {
      while (this.#joining.size > 0 && this.#state.error === undefined) {
        const queues = [...this.#joining]
        this.#isBegun = true
        await this.#coordinator.add(this.#identity!, queues)
        for (const queue of queues) {
          this.#joining.delete(queue)
          this.#joined.add(queue)
          this.#host.ready(queue)
        }
      }
    } catch (error) {
      this.#fail(error as Error)
    } finally {
      this.#adding = undefined
      this.#joining.clear()
    }
  }

  #fail(error: Error): void {
    if (!(error instanceof TransactionError)) return
    // Sequences have gaps now, which only another epoch closes; in version 2 the end brings one.
    if (!this.#isVersion2) this.#needsEpoch = true
    if (error.remedy !== 'abort' && this.#state.to('over', error)) this.#host.dropAll(error)
    else if (this.#state.to('failed', error)) this.#host.dropUnsent(error)
  }
}

function abortedError(): ClientError {
  return new ClientError('TRANSACTION_ABORTED', 'the transaction was aborted before this was sent', {
    help: 'send it again in another transaction',
  })
}

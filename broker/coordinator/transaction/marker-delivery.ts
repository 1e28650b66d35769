// Brings the outcome of transactions to their partitions: a marker to each, again and again until it is written, then
// `onDelivered`. What a crash interrupts begins anew in the next coordinator; a marker that is there twice says nothing new.
//
// A partition that does not exist any more needs no marker. One that has seen a newer coordinator or producer takes none: this
// coordinator is a zombie, and the transaction is left to the other one.
// Limit: one delivery per transactional id, which has one transaction at a time.
// Source: Kafka 4.3.0's TransactionMarkerChannelManager and TransactionMarkerRequestCompletionHandler.

import type { Cancel, Clock } from '../../../io/clock.ts'
import type { Logger } from '../../../io/logger.ts'
import { errorName, errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { LeaderEpoch, TopicPartition } from '../../../protocol/types.ts'
import type { TransactionEnd } from '../runtime/coordinator-state.ts'
import type { Transaction } from './transaction.ts'
import { listPartitions } from './transaction-partitions.ts'

export interface MarkerDeliveryOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly write: (partition: TopicPartition, end: TransactionEnd) => Promise<ProtocolError>
  /** Whether the topic still has the partition. */
  readonly exists: (partition: TopicPartition) => boolean
  /** All markers are written. Answers whether that has been noted; if not, it is asked again. */
  readonly onDelivered: (transaction: Transaction) => Promise<boolean>
}

const retryMsMin = 20
const retryMsMax = 1000

export class MarkerDelivery {
  readonly #options: MarkerDeliveryOptions
  /** By transactional id. */
  readonly #underway = new Map<string, Delivery>()

  constructor(options: MarkerDeliveryOptions) {
    this.#options = options
  }

  /** Transactions whose markers are on their way. */
  get count(): number {
    return this.#underway.size
  }

  /** Begins now: the markers are appended, or refused, when this returns. */
  begin(coordinatorPartition: number, coordinatorEpoch: LeaderEpoch, transaction: Transaction): void {
    const { transactionalId } = transaction
    this.#underway.get(transactionalId)?.cancel()
    const delivery = new Delivery(this.#options, coordinatorPartition, coordinatorEpoch, transaction)
    this.#underway.set(transactionalId, delivery)
    void delivery.run().then(() => {
      if (this.#underway.get(transactionalId) === delivery) this.#underway.delete(transactionalId)
    })
  }

  /** The partition of __transaction_state is led elsewhere: its transactions are ended there. */
  cancel(coordinatorPartition: number): void {
    for (const [transactionalId, delivery] of this.#underway) {
      if (delivery.coordinatorPartition !== coordinatorPartition) continue
      delivery.cancel()
      this.#underway.delete(transactionalId)
    }
  }

  cancelAll(): void {
    for (const delivery of this.#underway.values()) delivery.cancel()
    this.#underway.clear()
  }
}

class Delivery {
  readonly coordinatorPartition: number
  readonly #options: MarkerDeliveryOptions
  readonly #transaction: Transaction
  readonly #end: TransactionEnd
  #left: TopicPartition[]
  #isCancelled = false
  #isReported = false
  #wake: (() => void) | undefined
  #cancelTimer: Cancel | undefined

  constructor(options: MarkerDeliveryOptions, partition: number, epoch: LeaderEpoch, transaction: Transaction) {
    this.coordinatorPartition = partition
    this.#options = options
    this.#transaction = transaction
    this.#left = [...listPartitions(transaction.partitions)]
    const { producerId, producerEpoch, status, clientVersion } = transaction
    this.#end = {
      producerId,
      producerEpoch,
      coordinatorEpoch: epoch,
      committed: status === 'PrepareCommit',
      transactionVersion: clientVersion,
    }
  }

  cancel(): void {
    this.#isCancelled = true
    this.#cancelTimer?.()
    this.#wake?.()
  }

  async run(): Promise<void> {
    let retryMs = retryMsMin
    while (!this.#isCancelled) {
      await this.#writeAll(retryMs)
      if (this.#isCancelled) return
      if (this.#left.length === 0 && (await this.#options.onDelivered(this.#transaction))) return
      await this.#pause(retryMs)
      retryMs = Math.min(retryMs * 2, retryMsMax)
    }
  }

  async #writeAll(retryMs: number): Promise<void> {
    this.#left = this.#left.filter(partition => this.#isThere(partition))
    const outcomes = await Promise.all(this.#left.map(partition => this.#options.write(partition, this.#end)))
    if (this.#isCancelled) return
    const fencedAt = outcomes.findIndex(isFenced)
    if (fencedAt >= 0) return this.#giveUp(this.#left[fencedAt]!, outcomes[fencedAt]!)
    const failed = this.#left.filter((_, index) => !isWritten(outcomes[index]!))
    if (failed.length > 0 && retryMs === retryMsMax)
      this.#reportRetry(failed[0]!, outcomes[this.#left.indexOf(failed[0]!)]!)
    this.#left = failed
  }

  #isThere(partition: TopicPartition): boolean {
    if (this.#options.exists(partition)) return true
    const { transactionalId } = this.#transaction
    const fields = { transactionalId, ...partition }
    this.#options.logger.info(fields, 'a partition of a transaction was deleted: it needs no marker')
    return false
  }

  #giveUp({ topic, partition }: TopicPartition, error: ProtocolError): void {
    this.#isCancelled = true
    const { transactionalId, status } = this.#transaction
    const name = errorName(error.code)
    const text = `the marker of ${transactionalId} for ${topic}-${partition} is refused with ${name}: another coordinator or producer is newer. The transaction stays in ${status} here until this broker is restarted or elected again; kafka-transactions.sh find-hanging shows what it holds up`
    this.#options.logger.error({ transactionalId, topic, partition, error: name }, text)
  }

  // Once, and not at the first failure: a partition without a leader for a moment is nothing to worry about.
  #reportRetry({ topic, partition }: TopicPartition, error: ProtocolError): void {
    if (this.#isReported) return
    this.#isReported = true
    const { transactionalId } = this.#transaction
    const fields = { transactionalId, topic, partition, error: errorName(error.code) }
    this.#options.logger.warn(fields, 'a transaction marker could not be written; it is tried again until it is')
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
      this.#cancelTimer = this.#options.clock.after(ms, resolve)
    })
  }
}

const isFenced = (error: ProtocolError): boolean =>
  error === errors.INVALID_PRODUCER_EPOCH || error === errors.TRANSACTION_COORDINATOR_FENCED

const isWritten = (error: ProtocolError): boolean =>
  error === errors.NONE || error === errors.UNSUPPORTED_FOR_MESSAGE_FORMAT || error === errors.UNSUPPORTED_VERSION

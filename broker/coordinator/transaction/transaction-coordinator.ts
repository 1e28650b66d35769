// The transaction coordinator of this broker, event-sourced on __transaction_state.
//
// Here a request finds its partition and is refused if it cannot have one, and producer ids are got for decisions that need
// one; what is decided stands in the files that this leads to.
// Source: Kafka 4.3.0's TransactionCoordinator.

import type { World } from '../../../io/world.ts'
import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { LeaderEpoch, TopicPartition } from '../../../protocol/types.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Metadata } from '../../metadata/metadata.ts'
import { CoordinatorRuntime } from '../runtime/coordinator-runtime.ts'
import type { Decision, TransactionEnd } from '../runtime/coordinator-state.ts'
import { coordinatorPartition } from '../runtime/java-hash.ts'
import { coordinatorLogsOf, type LedPartition } from '../runtime/partition-coordinator-log.ts'
import { decideAddPartitions, decideVerify, type PartitionsOfProducer } from './add-partitions.ts'
import { coordinatorError } from './coordinator-error.ts'
import { addTransactionCounts, countTransactions } from './count-transactions.ts'
import {
  type DescribedTransaction,
  describedTransaction,
  type ListedTransaction,
  type ListRequest,
  listedTransactions,
  transactionFilter,
} from './describe-transactions.ts'
import { decideComplete, decideEnd, type EndAnswer, type EndRequest } from './end-transaction.ts'
import { decideTimeout, type NeedsProducerId } from './fence-producer.ts'
import { decideInit, type InitRequest, type ProducerIdAndEpoch } from './init-producer-id.ts'
import { MarkerDelivery } from './marker-delivery.ts'
import { noEpoch, noProducerId, type Transaction } from './transaction.ts'
import { TransactionCounters } from './transaction-counters.ts'
import { type TransactionRecord, transactionRecordCodec } from './transaction-record.ts'
import { type TransactionSettings, transactionSettings } from './transaction-settings.ts'
import { TransactionState } from './transaction-state.ts'
import type { TransactionStatus } from './transaction-status.ts'

export interface TransactionCoordinatorOptions {
  readonly world: Pick<World, 'clock' | 'logger'>
  readonly config: BrokerConfig
  readonly partitions: { get(topic: string, index: number): LedPartition | undefined }
  readonly metadata: Pick<Metadata, 'image'>
  /** Rejects when no id can be had now. */
  readonly producerIds: { next(): Promise<Int64> }
  readonly markers: { write(partition: TopicPartition, end: TransactionEnd): Promise<ProtocolError> }
}

/** InitProducerId with a transactional id. */
export interface InitProducer extends InitRequest {
  readonly enable2Pc: boolean
  readonly keepPreparedTxn: boolean
}

export type InitAnswer = EndAnswer

const transactionsTopic = '__transaction_state'

/** Answers per partition that wait for their records to be committed; beyond, clients are told to try again. */
const parkedEventsMax = 20_000

export class TransactionCoordinator {
  readonly counters = new TransactionCounters()
  readonly #options: TransactionCoordinatorOptions
  readonly #settings: TransactionSettings
  readonly #runtime: CoordinatorRuntime<TransactionState, TransactionRecord>
  readonly #delivery: MarkerDelivery
  /** Of the partitions led here: the epoch that their markers carry. */
  readonly #leaderEpochs = new Map<number, LeaderEpoch>()
  #partitionCount: number | undefined
  #isClosed = false

  constructor(options: TransactionCoordinatorOptions) {
    const { world, config, partitions, metadata, markers } = options
    this.#options = options
    this.#settings = transactionSettings(config)
    const { clock, logger } = world
    this.#delivery = new MarkerDelivery({
      clock,
      logger,
      write: (partition, end) => markers.write(partition, end),
      exists: ({ topic, partition }) => metadata.image.topicByName(topic)?.partitions[partition] !== undefined,
      onDelivered: transaction => this.#complete(transaction),
    })
    const stateOptions = {
      settings: this.#settings,
      transactionVersion: () => metadata.image.features.get('transaction.version') ?? 0,
      onPrepared: (partition: number, transaction: Transaction) => {
        this.#delivery.begin(partition, this.#leaderEpochs.get(partition) ?? 0, transaction)
      },
      onTimedOut: (transactionalIds: readonly string[]) => void this.#abortAll(transactionalIds),
    }
    this.#runtime = new CoordinatorRuntime({
      topic: transactionsTopic,
      logOf: coordinatorLogsOf(partitions, transactionsTopic),
      codec: transactionRecordCodec,
      createState: context => new TransactionState(stateOptions, context),
      clock,
      logger,
      writeTimeoutMs: this.#settings.writeTimeoutMs,
      parkedEventsMax,
    })
  }

  /** What its partitions have in common with those of other coordinators. */
  get runtime(): Pick<
    CoordinatorRuntime<TransactionState, TransactionRecord>,
    'counters' | 'partitionCounts' | 'parkedCount'
  > {
    return this.#runtime
  }

  /** The transactional ids led here by state, as of the last commit. */
  get counts(): ReadonlyMap<TransactionStatus, number> {
    const outcomes = this.#runtime.readAll(countTransactions)
    return addTransactionCounts(outcomes.flatMap(outcome => (outcome.ok ? [outcome.response] : [])))
  }

  /** Transactions whose markers are on their way. */
  get deliveryCount(): number {
    return this.#delivery.count
  }

  /** The partition of __transaction_state that holds a transactional id. */
  partitionFor(transactionalId: string): number {
    // Partitions added while the broker runs do not count until it is restarted: ids would change their place.
    this.#partitionCount ??= this.#options.metadata.image.topicByName(transactionsTopic)?.partitions.length
    return coordinatorPartition(transactionalId, this.#partitionCount ?? this.#settings.partitionCount)
  }

  /** This broker leads a partition of __transaction_state from now on. Resolves when it is replayed, or has failed to be. */
  onLeadership(partitionIndex: number, leaderEpoch: LeaderEpoch): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    this.#leaderEpochs.set(partitionIndex, leaderEpoch)
    return this.#runtime.onLeadership(partitionIndex, leaderEpoch)
  }

  /** It does not any more: whoever waits is answered NOT_COORDINATOR. */
  onResignation(partitionIndex: number): void {
    this.#delivery.cancel(partitionIndex)
    this.#leaderEpochs.delete(partitionIndex)
    this.#runtime.onResignation(partitionIndex)
  }

  async initProducerId(request: InitProducer): Promise<InitAnswer> {
    const refusal = this.#initRefusal(request)
    if (refusal !== undefined) return failed(refusal)
    const timeoutMs = request.enable2Pc ? 0x7fff_ffff : request.timeoutMs
    const answer = await this.#writeWithProducerId<ProducerIdAndEpoch | { readonly error: ProtocolError }>(
      request.transactionalId,
      (state, nowMs, fresh) => decideInit(state, nowMs, { ...request, timeoutMs }, fresh),
    )
    return 'error' in answer ? failed(answer.error) : { error: errors.NONE, ...answer }
  }

  /** NONE: the partitions get the transaction's marker, whatever its outcome. */
  async addPartitions(request: PartitionsOfProducer, clientVersion: number): Promise<ProtocolError> {
    return this.#write(request.transactionalId, (state, nowMs) => {
      return decideAddPartitions(state, nowMs, request, clientVersion)
    })
  }

  /** Whether each of the partitions is part of the producer's transaction, in their order. */
  async verifyPartitions(request: PartitionsOfProducer): Promise<ProtocolError[]> {
    const { transactionalId, partitions } = request
    if (transactionalId === '') return partitions.map(() => errors.INVALID_REQUEST)
    const outcome = await this.#runtime.write(this.partitionFor(transactionalId), state => decideVerify(state, request))
    if (outcome.ok) return outcome.response
    const error = coordinatorError(outcome.error)
    return partitions.map(() => error)
  }

  async endTransaction(request: EndRequest): Promise<EndAnswer> {
    if (request.transactionalId === '') return failed(errors.INVALID_REQUEST)
    const answer = await this.#writeWithProducerId<EndAnswer | { readonly error: ProtocolError }>(
      request.transactionalId,
      (state, nowMs, fresh) => decideEnd(state, nowMs, request, fresh),
    )
    return 'producerId' in answer ? answer : failed(answer.error)
  }

  /** In the order asked for. */
  describeTransactions(transactionalIds: readonly string[]): DescribedTransaction[] {
    return transactionalIds.map(transactionalId => {
      const refused = (error: ProtocolError) => ({ transactionalId, errorCode: error.code })
      if (this.#isClosed) return refused(errors.COORDINATOR_NOT_AVAILABLE)
      if (transactionalId === '') return refused(errors.INVALID_REQUEST)
      const question = (state: TransactionState) => describedTransaction(state, transactionalId)
      const outcome = this.#runtime.read(this.partitionFor(transactionalId), question)
      return outcome.ok ? outcome.response : refused(outcome.error)
    })
  }

  /** Those of all partitions led here; an error while any of them is being read. */
  listTransactions(request: ListRequest): {
    readonly error: ProtocolError
    readonly unknownStates?: readonly string[]
    readonly transactions?: readonly ListedTransaction[]
  } {
    if (this.#isClosed) return { error: errors.COORDINATOR_NOT_AVAILABLE }
    const filter = transactionFilter(request)
    if (filter === undefined) return { error: errors.INVALID_REGULAR_EXPRESSION }
    const nowMs = this.#options.world.clock.now()
    const transactions: ListedTransaction[] = []
    for (const outcome of this.#runtime.readAll(state => listedTransactions(state, filter, nowMs))) {
      if (outcome.ok) transactions.push(...outcome.response)
      else if (outcome.error !== errors.NOT_COORDINATOR) return { error: outcome.error }
    }
    return { error: errors.NONE, unknownStates: filter.unknownStates, transactions }
  }

  /** Answers whoever waits NOT_COORDINATOR, stops all timers and sends no more markers. Before the partitions are closed. */
  close(): void {
    this.#isClosed = true
    this.#delivery.cancelAll()
    this.#runtime.close()
  }

  #initRefusal({ transactionalId, timeoutMs, enable2Pc, keepPreparedTxn }: InitProducer): ProtocolError | undefined {
    if (transactionalId === '') return errors.INVALID_REQUEST
    if (enable2Pc && !this.#settings.twoPhaseEnabled) return errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    if (keepPreparedTxn) return errors.UNSUPPORTED_VERSION
    const isInRange = timeoutMs > 0 && timeoutMs <= this.#settings.timeoutMsMax
    return enable2Pc || isInRange ? undefined : errors.INVALID_TRANSACTION_TIMEOUT
  }

  async #write(
    transactionalId: string,
    decide: (state: TransactionState, nowMs: number) => Decision<ProtocolError, TransactionRecord>,
  ): Promise<ProtocolError> {
    if (transactionalId === '') return errors.INVALID_REQUEST
    if (this.#isClosed) return errors.COORDINATOR_NOT_AVAILABLE
    const outcome = await this.#runtime.write(this.partitionFor(transactionalId), decide)
    return outcome.ok ? outcome.response : coordinatorError(outcome.error)
  }

  /** Decides, and once more with a producer id where the decision needs one: getting it takes a write to the metadata. */
  async #writeWithProducerId<Answer>(
    transactionalId: string,
    decide: (
      state: TransactionState,
      nowMs: number,
      freshProducerId: Int64 | undefined,
    ) => Decision<Answer | NeedsProducerId, TransactionRecord>,
  ): Promise<Answer | { readonly error: ProtocolError }> {
    for (let fresh: Int64 | undefined; ; ) {
      if (this.#isClosed) return { error: errors.COORDINATOR_NOT_AVAILABLE }
      const partition = this.partitionFor(transactionalId)
      const outcome = await this.#runtime.write(partition, (state, nowMs) => decide(state, nowMs, fresh))
      if (!outcome.ok) return { error: coordinatorError(outcome.error) }
      if (!isNeed(outcome.response)) return outcome.response
      try {
        fresh = await this.#options.producerIds.next()
      } catch (error) {
        this.#options.world.logger.warn({ err: error, transactionalId }, 'no producer ids could be allocated')
        return { error: errors.COORDINATOR_LOAD_IN_PROGRESS }
      }
    }
  }

  async #abortAll(transactionalIds: readonly string[]): Promise<void> {
    // Called from within an event, and decisions do not nest.
    await Promise.resolve()
    await Promise.all(transactionalIds.map(transactionalId => this.#abort(transactionalId)))
  }

  async #abort(transactionalId: string): Promise<void> {
    const answer = await this.#writeWithProducerId<Transaction | undefined>(transactionalId, (state, nowMs, fresh) =>
      decideTimeout(state, nowMs, transactionalId, fresh),
    )
    // What could not be written now is tried at the next look.
    if (answer === undefined || 'error' in answer) return
    this.counters.timedOut++
    const { producerId, producerEpoch, timeoutMs } = answer
    const fields = { transactionalId, producerId, producerEpoch, timeoutMs }
    this.#options.world.logger.info(fields, 'a transaction timed out and is aborted')
  }

  /** True: noted, or nobody here has to note it any more. */
  async #complete(transaction: Transaction): Promise<boolean> {
    const partition = this.partitionFor(transaction.transactionalId)
    const outcome = await this.#runtime.write(partition, (state, nowMs) => decideComplete(state, nowMs, transaction))
    if (outcome.ok && outcome.response)
      this.counters[transaction.status === 'PrepareCommit' ? 'committed' : 'aborted']++
    return outcome.ok || outcome.error === errors.NOT_COORDINATOR
  }
}

const failed = (error: ProtocolError): EndAnswer => ({ error, producerId: noProducerId, producerEpoch: noEpoch })

const isNeed = (answer: unknown): answer is NeedsProducerId =>
  typeof answer === 'object' && answer !== null && 'needsProducerId' in answer

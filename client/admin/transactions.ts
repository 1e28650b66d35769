// Transactions, seen and ended from outside. Sources: ListTransactions, DescribeTransactions, WriteTxnMarkers (KIP-664),
// InitProducerId (KIP-588 and later); Java's methods stand in brackets.

import { describeTransactions } from '../../protocol/messages/describe-transactions.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { listTransactions } from '../../protocol/messages/list-transactions.ts'
import { writeTxnMarkers } from '../../protocol/messages/write-txn-markers.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import { check, failure, keyed, only } from './answers.ts'
import type { Attempt, CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import { everyBroker, joined } from './every-broker.ts'
import type { Outcomes } from './outcomes.ts'
import { coordinatorRoute } from './routing/coordinator-route.ts'
import { leaderRoute } from './routing/leader-route.ts'
import { partitionKey } from './topic-partition.ts'

export interface TransactionListing {
  readonly transactionalId: string
  readonly producerId: Int64
  /** 'Ongoing', 'Empty', 'CompleteCommit', … */
  readonly state: string
}

export interface ListTransactionOptions {
  readonly states?: readonly string[]
  readonly producerIds?: readonly Int64[]
  /** Only those that have been under way for so long, by the broker's clock. */
  readonly durationMsMin?: number
  /** A regular expression (RE2) for the whole transactional id. */
  readonly pattern?: string
}

export interface TransactionDescription {
  readonly transactionalId: string
  /** "host:port". */
  readonly coordinator: string
  readonly state: string
  readonly producerId: Int64
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** Milliseconds since 1970; undefined when none is under way. */
  readonly startedMs: Int64 | undefined
  readonly partitions: readonly TopicPartition[]
}

export interface TransactionToAbort extends TopicPartition {
  readonly producerId: Int64
  readonly producerEpoch: number
  /** As `producers.describe` tells it; -1 stands for one that is not known. */
  readonly coordinatorEpoch: number
}

export interface FencedProducer {
  readonly producerId: Int64
  /** The one that counts from now on. */
  readonly producerEpoch: number
}

const durationSince = 1
const patternSince = 2

export class TransactionAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** The transactions of all coordinators; rejects when one of these does not answer. [listTransactions] */
  async list(options: CallOptions & ListTransactionOptions = {}): Promise<TransactionListing[]> {
    const listed = joined(await this.listByBroker(options))
    return listed.sort((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1))
  }

  /** Those that each broker coordinates, by its id. [listTransactions] */
  listByBroker(options: CallOptions & ListTransactionOptions = {}): Promise<Outcomes<number, TransactionListing[]>> {
    const { states = [], producerIds = [], durationMsMin, pattern } = options
    const [oldest, last] = listTransactions.versions
    const first = pattern !== undefined ? patternSince : durationMsMin !== undefined ? durationSince : oldest
    const body = {
      stateFilters: states,
      producerIdFilters: producerIds,
      durationFilter: durationMsMin ?? -1,
      transactionalIdPattern: pattern ?? null,
    }
    const ask = async (broker: Broker, attempt: Attempt) => {
      const answer = await broker.request(listTransactions, body, { ...attempt, versions: [first, last] })
      check(answer.errorCode, { broker: broker.name })
      if (answer.unknownStateFilters.length > 0) throw unknownStates(answer.unknownStateFilters)
      return answer.transactionStates.map(({ transactionalId, producerId, transactionState: state }) => {
        return { transactionalId, producerId, state }
      })
    }
    return everyBroker(this.#calls, 'list transactions', ask, options)
  }

  /** Rejects with TRANSACTIONAL_ID_NOT_FOUND. [describeTransactions] */
  async describe(transactionalId: string, options: CallOptions = {}): Promise<TransactionDescription> {
    return only(await this.describeAll([transactionalId], options))
  }

  /** The outcome of each, by transactional id. [describeTransactions] */
  describeAll(
    transactionalIds: Iterable<string>,
    options: CallOptions = {},
  ): Promise<Outcomes<string, TransactionDescription>> {
    return this.#calls.run(
      {
        what: 'describe transactions',
        items: keyed(transactionalIds, transactionalId => transactionalId),
        route: coordinatorRoute(this.#calls.cluster, 'transaction'),
        ask: async (broker, some, attempt) => {
          const body = { transactionalIds: [...some.keys()] }
          const { transactionStates } = await broker.request(describeTransactions, body, attempt)
          return new Map(transactionStates.map(state => [state.transactionalId, descriptionFrom(state, broker)]))
        },
      },
      options,
    )
  }

  /**
   * Ends a transaction in one partition, without its coordinator: for one that hangs, whose coordinator has forgotten it.
   * Records of a transaction that does not hang would be lost. [abortTransaction]
   */
  async abort(transaction: TransactionToAbort, options: CallOptions = {}): Promise<void> {
    const { topic, partition } = transaction
    only(
      await this.#calls.run(
        {
          what: `abort a transaction in ${partitionKey(transaction)}`,
          items: keyed([transaction], partitionKey),
          route: leaderRoute(this.#calls.cluster),
          ask: async (broker, _, attempt) => {
            const { markers } = await broker.request(writeTxnMarkers, abortBody(transaction), attempt)
            const errorCode = markers[0]?.topics[0]?.partitions[0]?.errorCode
            if (errorCode === undefined) return new Map()
            return new Map([[partitionKey(transaction), failure(errorCode, { topic, partition })]])
          },
        },
        options,
      ),
    )
  }

  /** Ends what the producer of a transactional id has under way, and shuts it out. [fenceProducers, forceTerminateTransaction] */
  async fence(transactionalId: string, options: CallOptions = {}): Promise<FencedProducer> {
    return only(await this.fenceAll([transactionalId], options))
  }

  /** The outcome of each, by transactional id. [fenceProducers] */
  fenceAll(transactionalIds: Iterable<string>, options: CallOptions = {}): Promise<Outcomes<string, FencedProducer>> {
    const transactionTimeoutMs = Math.ceil(options.timeoutMs ?? this.#calls.cluster.settings.requestTimeoutMs)
    return this.#calls.run(
      {
        what: 'fence producers',
        items: keyed(transactionalIds, transactionalId => transactionalId),
        route: coordinatorRoute(this.#calls.cluster, 'transaction'),
        ask: async (broker, some, attempt) => {
          const answers = [...some.keys()].map(async (id): Promise<[string, FencedProducer | ClientError]> => {
            const body = { transactionalId: id, transactionTimeoutMs, producerId: -1, producerEpoch: -1 }
            const answer = await broker.request(initProducerId, body, attempt)
            const { producerId, producerEpoch } = answer
            return [id, failure(answer.errorCode, { transactionalId: id }) ?? { producerId, producerEpoch }]
          })
          return new Map(await Promise.all(answers))
        },
      },
      options,
    )
  }
}

function unknownStates(states: readonly string[]): ClientError {
  const help =
    "Kafka's are Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort, PrepareEpochFence, Dead"
  return new ClientError('INVALID_ARGUMENT', `the broker knows no state ${states.join(', ')}`, { help })
}

function descriptionFrom(
  state: Message<typeof describeTransactions.response>['transactionStates'][number],
  broker: Broker,
): TransactionDescription | ClientError {
  const { transactionalId, errorCode, producerId, producerEpoch, transactionStartTimeMs, topics } = state
  const error = failure(errorCode, { transactionalId })
  if (error !== undefined) return error
  return {
    transactionalId,
    coordinator: broker.name,
    state: state.transactionState,
    producerId,
    producerEpoch,
    timeoutMs: state.transactionTimeoutMs,
    startedMs: transactionStartTimeMs >= 0 ? transactionStartTimeMs : undefined,
    partitions: topics.flatMap(({ topic, partitions }) => partitions.map(partition => ({ topic, partition }))),
  }
}

function abortBody({ topic, partition, producerId, producerEpoch, coordinatorEpoch }: TransactionToAbort) {
  const topics = [{ name: topic, partitionIndexes: [partition] }]
  return { markers: [{ producerId, producerEpoch, coordinatorEpoch, transactionResult: false, topics }] }
}

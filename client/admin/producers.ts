// Which producers write to partitions. Source: DescribeProducers (KIP-664). Java: Admin.describeProducers.

import { describeProducers } from '../../protocol/messages/describe-producers.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { ClientError } from '../client-error.ts'
import { failure, keyed, only } from './answers.ts'
import type { CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import type { Outcomes } from './outcomes.ts'
import { leaderRoute } from './routing/leader-route.ts'
import { nodeRoute } from './routing/node-route.ts'
import { byTopic, partitionKey } from './topic-partition.ts'

export interface ActiveProducer {
  readonly producerId: Int64
  readonly producerEpoch: number
  /** -1 when there is none. */
  readonly lastSequence: number
  /** Milliseconds since 1970. */
  readonly lastTimestampMs: Int64
  /** -1 when it has ended no transaction here. */
  readonly coordinatorEpoch: number
  /** Where its transaction begins; undefined when none is open here. */
  readonly transactionStartOffset: Int64 | undefined
}

export interface DescribeProducerOptions {
  /** This broker's replica is asked instead of the leader. */
  readonly brokerId?: number
}

export class ProducerAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** Those that have written, and may still do so. [describeProducers] */
  async describe(
    partition: TopicPartition,
    options: CallOptions & DescribeProducerOptions = {},
  ): Promise<readonly ActiveProducer[]> {
    return only(await this.describeAll([partition], options))
  }

  /** The outcome of each, by "orders-3". [describeProducers] */
  describeAll(
    partitions: Iterable<TopicPartition>,
    options: CallOptions & DescribeProducerOptions = {},
  ): Promise<Outcomes<string, readonly ActiveProducer[]>> {
    const { cluster } = this.#calls
    const { brokerId } = options
    return this.#calls.run(
      {
        what: 'describe producers',
        items: keyed(partitions, partitionKey),
        route: brokerId === undefined ? leaderRoute(cluster) : nodeRoute(cluster, () => brokerId),
        ask: async (broker, some, attempt) => {
          const topics = [...byTopic(some.values())].map(([name, wanted]) => {
            return { name, partitionIndexes: wanted.map(({ partition }) => partition) }
          })
          const answer = await broker.request(describeProducers, { topics }, attempt)
          return new Map(answer.topics.flatMap(({ name, partitions: told }) => told.map(each => outcomeOf(name, each))))
        },
      },
      options,
    )
  }
}

function outcomeOf(
  topic: string,
  told: {
    readonly partitionIndex: number
    readonly errorCode: number
    readonly errorMessage: string | null
    readonly activeProducers: readonly {
      readonly producerId: Int64
      readonly producerEpoch: number
      readonly lastSequence: number
      readonly lastTimestamp: Int64
      readonly coordinatorEpoch: number
      readonly currentTxnStartOffset: Int64
    }[]
  },
): [string, readonly ActiveProducer[] | ClientError] {
  const at = { topic, partition: told.partitionIndex }
  const producers = told.activeProducers.map(({ lastTimestamp, currentTxnStartOffset: start, ...rest }) => {
    return { ...rest, lastTimestampMs: lastTimestamp, transactionStartOffset: start >= 0 ? start : undefined }
  })
  return [partitionKey(at), failure(told.errorCode, at, told.errorMessage) ?? producers]
}

// Which brokers hold a partition: changes, and those under way. Sources: AlterPartitionReassignments,
// ListPartitionReassignments (KIP-455); Java's methods stand in brackets.

import { alterPartitionReassignments } from '../../protocol/messages/alter-partition-reassignments.ts'
import { listPartitionReassignments } from '../../protocol/messages/list-partition-reassignments.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { ClientError } from '../client-error.ts'
import { check, failure, keyed, only } from './answers.ts'
import { brokerTimeoutMs, type CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import type { Outcomes } from './outcomes.ts'
import { controllerRoute } from './routing/controller-route.ts'
import { byTopic, partitionKey } from './topic-partition.ts'

export interface Reassignment extends TopicPartition {
  /** The brokers, the preferred leader first; null gives up what is under way. */
  readonly replicas: readonly number[] | null
}

export interface OngoingReassignment extends TopicPartition {
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

export interface AlterReassignmentOptions {
  /** False: a change of the number of replicas is refused. True when left out. */
  readonly allowReplicationFactorChange?: boolean
}

export class ReassignmentAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** Those under way, by "orders-3": of all partitions, or of those that are given. [listPartitionReassignments] */
  list(
    options: CallOptions & { readonly partitions?: readonly TopicPartition[] } = {},
  ): Promise<ReadonlyMap<string, OngoingReassignment>> {
    const topics = options.partitions && [...byTopic(options.partitions)].map(onWire)
    return this.#calls.one(
      'list reassignments',
      async (broker, attempt) => {
        const body = { timeoutMs: brokerTimeoutMs(attempt), topics: topics ?? null }
        const answer = await broker.request(listPartitionReassignments, body, attempt)
        check(answer.errorCode, {}, answer.errorMessage)
        const ongoing = answer.topics.flatMap(({ name: topic, partitions }) =>
          partitions.map(
            ({ partitionIndex: partition, replicas, addingReplicas: adding, removingReplicas: removing }) => {
              return { topic, partition, replicas, adding, removing }
            },
          ),
        )
        return new Map(ongoing.map(each => [partitionKey(each), each]))
      },
      options,
    )
  }

  /** Starts one, or gives it up. [alterPartitionReassignments] */
  async alter(reassignment: Reassignment, options: CallOptions & AlterReassignmentOptions = {}): Promise<void> {
    only(await this.alterAll([reassignment], options))
  }

  /** The outcome of each, by "orders-3". [alterPartitionReassignments] */
  alterAll(
    reassignments: Iterable<Reassignment>,
    options: CallOptions & AlterReassignmentOptions = {},
  ): Promise<Outcomes<string, void>> {
    const { allowReplicationFactorChange = true } = options
    return this.#calls.run(
      {
        what: 'alter reassignments',
        items: keyed(reassignments, partitionKey),
        route: controllerRoute(this.#calls.cluster),
        ask: async (broker, some, attempt) => {
          const topics = [...byTopic(some.values())].map(([name, wanted]) => {
            return {
              name,
              partitions: wanted.map(({ partition, replicas }) => ({ partitionIndex: partition, replicas })),
            }
          })
          const body = { timeoutMs: brokerTimeoutMs(attempt), allowReplicationFactorChange, topics }
          const answer = await broker.request(alterPartitionReassignments, body, attempt)
          check(answer.errorCode, {}, answer.errorMessage)
          const outcomes = answer.responses.flatMap(({ name: topic, partitions }) =>
            partitions.map(
              ({ partitionIndex: partition, errorCode, errorMessage }): [string, ClientError | undefined] => {
                return [partitionKey({ topic, partition }), failure(errorCode, { topic, partition }, errorMessage)]
              },
            ),
          )
          return new Map(outcomes)
        },
      },
      options,
    )
  }
}

function onWire([name, some]: [string, readonly TopicPartition[]]) {
  return { name, partitionIndexes: some.map(({ partition }) => partition) }
}

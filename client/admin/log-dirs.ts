// Log directories of brokers: what is in them, and moving replicas between them. Sources: DescribeLogDirs,
// AlterReplicaLogDirs (KIP-113), KIP-827 for the sizes; Java's methods stand in brackets.

import { alterReplicaLogDirs } from '../../protocol/messages/alter-replica-log-dirs.ts'
import { describeLogDirs } from '../../protocol/messages/describe-log-dirs.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import type { ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import { check, failure, keyed } from './answers.ts'
import type { Attempt, CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import { everyBroker } from './every-broker.ts'
import type { Outcomes } from './outcomes.ts'
import { nodeRoute } from './routing/node-route.ts'
import { byTopic, partitionKey } from './topic-partition.ts'

export interface LogDir {
  readonly path: string
  /** Why it cannot be used: KAFKA_STORAGE_ERROR when it is offline. */
  readonly error: ClientError | undefined
  /** Of the volume; -1 when the broker does not say (before version 4). */
  readonly totalBytes: Int64
  readonly usableBytes: Int64
  /** No new replicas are put there. */
  readonly isCordoned: boolean
  readonly replicas: readonly LogDirReplica[]
}

export interface LogDirReplica extends TopicPartition {
  readonly sizeBytes: Int64
  /** How far it is behind: the high watermark, or, of a copy that is being made, the replica it is made from. */
  readonly offsetLag: Int64
  /** A copy that is being made, to take the place of the replica in another directory. */
  readonly isFuture: boolean
}

export interface Replica extends TopicPartition {
  readonly brokerId: number
}

export interface ReplicaToMove extends Replica {
  /** A log directory of that broker. */
  readonly path: string
}

/** Where a replica is, and where it is going; undefined: nowhere. */
export interface ReplicaPlace {
  readonly current: { readonly path: string; readonly offsetLag: Int64 } | undefined
  readonly future: { readonly path: string; readonly offsetLag: Int64 } | undefined
}

export interface DescribeLogDirOptions {
  /** Only replicas of these partitions are listed. */
  readonly partitions?: readonly TopicPartition[]
}

export class LogDirAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** The log directories of a broker. [describeLogDirs] */
  async describe(brokerId: number, options: CallOptions & DescribeLogDirOptions = {}): Promise<readonly LogDir[]> {
    return (await this.describeAll([brokerId], options)).value(brokerId)
  }

  /** The outcome of each, by broker id; all brokers when none are given. [describeLogDirs] */
  describeAll(
    brokerIds?: readonly number[],
    options: CallOptions & DescribeLogDirOptions = {},
  ): Promise<Outcomes<number, readonly LogDir[]>> {
    const ask = (broker: Broker, attempt: Attempt) => askDirs(broker, options.partitions, attempt)
    return everyBroker(this.#calls, 'describe log directories', ask, { ...options, brokers: brokerIds })
  }

  /** Where each replica is, by "orders-3@1" (broker 1). [describeReplicaLogDirs] */
  describeReplicas(replicas: Iterable<Replica>, options: CallOptions = {}): Promise<Outcomes<string, ReplicaPlace>> {
    return this.#calls.run(
      {
        what: 'describe replicas in log directories',
        items: keyed(replicas, replicaKey),
        route: nodeRoute(this.#calls.cluster, ({ brokerId }: Replica) => brokerId),
        ask: async (broker, some, attempt) => {
          const dirs = await askDirs(broker, [...some.values()], attempt)
          return new Map([...some].map(([key, replica]) => [key, placeIn(dirs, replica)]))
        },
      },
      options,
    )
  }

  /** Starts to move replicas to other directories of their brokers. By "orders-3@1". [alterReplicaLogDirs] */
  move(replicas: Iterable<ReplicaToMove>, options: CallOptions = {}): Promise<Outcomes<string, void>> {
    return this.#calls.run(
      {
        what: 'move replicas between log directories',
        items: keyed(replicas, replicaKey),
        route: nodeRoute(this.#calls.cluster, ({ brokerId }: Replica) => brokerId),
        ask: async (broker, some, attempt) => {
          const brokerId = [...some.values()][0]!.brokerId
          const { results } = await broker.request(
            alterReplicaLogDirs,
            { dirs: dirsOnWire([...some.values()]) },
            attempt,
          )
          return new Map(
            results.flatMap(({ topicName: topic, partitions }) =>
              partitions.map(({ partitionIndex: partition, errorCode }): [string, ClientError | undefined] => {
                return [replicaKey({ topic, partition, brokerId }), failure(errorCode, { topic, partition })]
              }),
            ),
          )
        },
      },
      options,
    )
  }
}

export function replicaKey(replica: Replica): string {
  return `${partitionKey(replica)}@${replica.brokerId}`
}

async function askDirs(
  broker: Broker,
  partitions: readonly TopicPartition[] | undefined,
  attempt: Attempt,
): Promise<LogDir[]> {
  const topics =
    partitions && [...byTopic(partitions)].map(([topic, some]) => ({ topic, partitions: some.map(numberOf) }))
  const answer = await broker.request(describeLogDirs, { topics: topics ?? null }, attempt)
  check(answer.errorCode, { broker: broker.name })
  return answer.results.map(result => dirFrom(result, broker))
}

const numberOf = ({ partition }: TopicPartition) => partition

function dirFrom(result: Message<typeof describeLogDirs.response>['results'][number], broker: Broker): LogDir {
  const { logDir: path, errorCode, totalBytes, usableBytes, isCordoned, topics } = result
  const replicas = topics.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, partitionSize: sizeBytes, offsetLag, isFutureKey: isFuture }) => {
      return { topic, partition, sizeBytes, offsetLag, isFuture }
    }),
  )
  const error = failure(errorCode, { broker: broker.name })
  return { path, error, totalBytes, usableBytes, isCordoned, replicas }
}

function placeIn(dirs: readonly LogDir[], wanted: Replica): ReplicaPlace {
  const place = (isFuture: boolean) => {
    for (const { path, replicas } of dirs) {
      const replica = replicas.find(each => partitionKey(each) === partitionKey(wanted) && each.isFuture === isFuture)
      if (replica !== undefined) return { path, offsetLag: replica.offsetLag }
    }
    return undefined
  }
  return { current: place(false), future: place(true) }
}

function dirsOnWire(replicas: readonly ReplicaToMove[]) {
  const byPath = new Map<string, ReplicaToMove[]>()
  for (const replica of replicas) byPath.set(replica.path, [...(byPath.get(replica.path) ?? []), replica])
  return [...byPath].map(([path, some]) => ({
    path,
    topics: [...byTopic(some)].map(([name, ofTopic]) => ({ name, partitions: ofTopic.map(numberOf) })),
  }))
}

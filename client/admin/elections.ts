// Elections of partition leaders. Source: ElectLeaders (KIP-183, KIP-460). Java: Admin.electLeaders.

import { electLeaders } from '../../protocol/messages/elect-leaders.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import { check, failure, keyed, only } from './answers.ts'
import { type Attempt, brokerTimeoutMs, type CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import { Outcomes } from './outcomes.ts'
import { controllerRoute } from './routing/controller-route.ts'
import { byTopic, partitionKey } from './topic-partition.ts'

/** UNCLEAN: a replica that is not in sync may lead when no other is there, and what it lacks is lost. */
export type ElectionType = 'PREFERRED' | 'UNCLEAN'

const typeCodes: Readonly<Record<ElectionType, number>> = { PREFERRED: 0, UNCLEAN: 1 }
const typesSince = 1

export class ElectionAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** Rejects with ELECTION_NOT_NEEDED when the right replica leads already. [electLeaders] */
  async elect(type: ElectionType, partition: TopicPartition, options: CallOptions = {}): Promise<void> {
    only(await this.electAll(type, [partition], options))
  }

  /** The outcome of each, by "orders-3"; of 'all', those that needed one. [electLeaders] */
  async electAll(
    type: ElectionType,
    partitions: Iterable<TopicPartition> | 'all',
    options: CallOptions = {},
  ): Promise<Outcomes<string, void>> {
    const what = 'elect leaders'
    if (partitions === 'all') {
      return this.#calls.one(what, (broker, attempt) => ask(broker, type, null, attempt), options)
    }
    return this.#calls.run(
      {
        what,
        items: keyed(partitions, partitionKey),
        route: controllerRoute(this.#calls.cluster),
        ask: (broker, some, attempt) => ask(broker, type, [...some.values()], attempt),
      },
      options,
    )
  }
}

async function ask(
  broker: Broker,
  type: ElectionType,
  wanted: readonly TopicPartition[] | null,
  attempt: Attempt,
): Promise<Outcomes<string, void>> {
  const electionType = typeCodes[type]
  if (electionType === undefined) throw new ClientError('INVALID_ARGUMENT', `there is no election of type ${type}`)
  const [oldest, last] = electLeaders.versions
  const versions = [type === 'PREFERRED' ? oldest : typesSince, last] as const
  const topics =
    wanted &&
    [...byTopic(wanted)].map(([topic, some]) => {
      return { topic, partitions: some.map(({ partition }) => partition) }
    })
  const body = { electionType, topicPartitions: topics, timeoutMs: brokerTimeoutMs(attempt) }
  const answer = await broker.request(electLeaders, body, { ...attempt, versions })
  check(answer.errorCode)
  return new Outcomes(answer.replicaElectionResults.flatMap(outcomesOf))
}

type Result = Message<typeof electLeaders.response>['replicaElectionResults'][number]

function outcomesOf({ topic, partitionResult }: Result): [string, ClientError | undefined][] {
  return partitionResult.map(({ partitionId: partition, errorCode, errorMessage }) => {
    return [partitionKey({ topic, partition }), failure(errorCode, { topic, partition }, errorMessage)]
  })
}

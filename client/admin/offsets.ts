// Where partitions begin and end, and which record is at or after a time. Source: ListOffsets; KIP-734 (the latest time),
// KIP-405 (tiers), KIP-1023. Java: Admin.listOffsets, OffsetSpec.

import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import { failure, keyed, only } from './answers.ts'
import { type Attempt, brokerTimeoutMs, type CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import type { Outcomes } from './outcomes.ts'
import { leaderRoute } from './routing/leader-route.ts'
import { byTopic, partitionKey } from './topic-partition.ts'

/** A place by its name, its timestamp on the wire, and the version that has it. */
const places = {
  latest: { timestamp: -1, since: 1 },
  earliest: { timestamp: -2, since: 1 },
  maxTimestamp: { timestamp: -3, since: 7 },
  earliestLocal: { timestamp: -4, since: 8 },
  latestTiered: { timestamp: -5, since: 9 },
  earliestPendingUpload: { timestamp: -6, since: 11 },
} as const

/** A place by its name, or the first record at or after a time, in milliseconds since 1970. */
export type OffsetPlace = keyof typeof places | { readonly timestampMs: Int64 }

export interface OffsetToFind extends TopicPartition {
  readonly at: OffsetPlace
}

export interface FoundOffset extends TopicPartition {
  /** -1 when there is no such record. */
  readonly offset: Int64
  /** Of the record, in milliseconds since 1970; -1 for places. */
  readonly timestampMs: Int64
  /** -1 when the broker does not say. */
  readonly leaderEpoch: number
}

export interface FindOffsetOptions {
  /** 'read_committed': the latest is the last stable offset. 'read_uncommitted' when left out. [isolation.level] */
  readonly isolation?: 'read_uncommitted' | 'read_committed'
}

const isolationSince = 2

export class OffsetAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** One offset. [listOffsets] */
  async find(place: OffsetToFind, options: CallOptions & FindOffsetOptions = {}): Promise<FoundOffset> {
    return only(await this.findAll([place], options))
  }

  /** The outcome of each, by "orders-3". [listOffsets] */
  findAll(
    wanted: Iterable<OffsetToFind>,
    options: CallOptions & FindOffsetOptions = {},
  ): Promise<Outcomes<string, FoundOffset>> {
    return this.#calls.run(
      {
        what: 'list offsets',
        items: keyed(wanted, partitionKey),
        route: leaderRoute(this.#calls.cluster),
        ask: (broker, some, attempt) => askByVersion(broker, some, options, attempt),
      },
      options,
    )
  }
}

/** What only a later version knows goes in a request of its own: a broker that lacks it still answers the rest. */
async function askByVersion(
  broker: Broker,
  some: ReadonlyMap<string, OffsetToFind>,
  options: FindOffsetOptions,
  attempt: Attempt,
): Promise<Map<string, FoundOffset | ClientError>> {
  const isolationLevel = options.isolation === 'read_committed' ? 1 : 0
  const bySince = new Map<number, OffsetToFind[]>()
  for (const wanted of some.values()) {
    const since = Math.max(placeOf(wanted).since, isolationLevel > 0 ? isolationSince : 0)
    bySince.set(since, [...(bySince.get(since) ?? []), wanted])
  }
  const answers = [...bySince].map(([since, wanted]) => ask(broker, wanted, isolationLevel, since, attempt))
  return new Map((await Promise.all(answers)).flatMap(answer => [...answer]))
}

async function ask(
  broker: Broker,
  wanted: readonly OffsetToFind[],
  isolationLevel: number,
  since: number,
  attempt: Attempt,
): Promise<Map<string, FoundOffset | ClientError>> {
  const topics = [...byTopic(wanted)].map(([name, some]) => ({ name, partitions: some.map(onWire) }))
  const body = { replicaId: -1, isolationLevel, topics, timeoutMs: brokerTimeoutMs(attempt) }
  const options = { ...attempt, versions: [since, listOffsets.versions[1]] as const }
  try {
    const answer = await broker.request(listOffsets, body, options)
    const found = answer.topics.flatMap(({ name: topic, partitions }) => partitions.map(each => foundFrom(topic, each)))
    return new Map(found)
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'UNSUPPORTED_BY_BROKER') throw error
    return new Map(wanted.map(each => [partitionKey(each), error]))
  }
}

function onWire(wanted: OffsetToFind) {
  return { partitionIndex: wanted.partition, currentLeaderEpoch: -1, timestamp: placeOf(wanted).timestamp }
}

function placeOf({ at }: OffsetToFind): { readonly timestamp: Int64; readonly since: number } {
  if (typeof at === 'object') return { timestamp: at.timestampMs, since: 1 }
  const place = places[at]
  if (place !== undefined) return place
  const help = `it is one of ${Object.keys(places).join(', ')}, or { timestampMs }`
  throw new ClientError('INVALID_ARGUMENT', `the place ${at} does not exist`, { help })
}

function foundFrom(
  topic: string,
  each: { partitionIndex: number; errorCode: number; timestamp: Int64; offset: Int64; leaderEpoch: number },
): [string, FoundOffset | ClientError] {
  const at = { topic, partition: each.partitionIndex }
  const { offset, timestamp: timestampMs, leaderEpoch } = each
  return [partitionKey(at), failure(each.errorCode, at) ?? { ...at, offset, timestampMs, leaderEpoch }]
}

// What groups have committed: list, set, delete. Sources: OffsetFetch (KIP-709: many groups in a request), OffsetCommit,
// OffsetDelete (KIP-496); Java's methods stand in brackets. Groups of streams keep their offsets the same way.

import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { offsetDelete } from '../../protocol/messages/offset-delete.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import type { ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import { check, failure, keyed, only } from './answers.ts'
import type { Attempt, CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import type { Outcomes } from './outcomes.ts'
import { coordinatorRoute } from './routing/coordinator-route.ts'
import { byTopic, partitionKey } from './topic-partition.ts'

export interface CommittedOffset extends TopicPartition {
  /** The next record that the group reads. */
  readonly offset: Int64
  /** -1 when it is not known. */
  readonly leaderEpoch: number
  readonly metadata: string
}

export interface OffsetToCommit extends TopicPartition {
  readonly offset: Int64
  readonly leaderEpoch?: number
  readonly metadata?: string
}

export interface GroupToAsk {
  readonly groupId: string
  /** All that it has committed when left out. */
  readonly partitions?: readonly TopicPartition[]
}

export interface ListGroupOffsetOptions {
  /** Waits for transactions that have offsets of the group under way (KIP-447). */
  readonly requireStable?: boolean
}

/** By "orders-3". */
export type CommittedOffsets = ReadonlyMap<string, CommittedOffset>

const manyGroupsSince = 8
const stableSince = 7
/** From version 10 topics go by their ids, which whoever asks by name may not know. */
const namesUntil = 9
const helpWhenMembers = 'an offset cannot be set under a running consumer: stop the members of the group first'

export class GroupOffsetAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** What the group has committed, of the partitions that are given or of all. [listConsumerGroupOffsets, listStreamsGroupOffsets] */
  async list(
    groupId: string,
    options: CallOptions & ListGroupOffsetOptions & { readonly partitions?: readonly TopicPartition[] } = {},
  ): Promise<CommittedOffsets> {
    const { partitions } = options
    return only(await this.listAll([partitions === undefined ? { groupId } : { groupId, partitions }], options))
  }

  /** The outcome of each, by group id; a group that is not there has committed nothing. */
  listAll(
    groups: Iterable<GroupToAsk>,
    options: CallOptions & ListGroupOffsetOptions = {},
  ): Promise<Outcomes<string, CommittedOffsets>> {
    const { requireStable = false } = options
    return this.#calls.run(
      {
        what: 'list the offsets of groups',
        items: keyed(groups, ({ groupId }) => groupId),
        route: coordinatorRoute(this.#calls.cluster, 'group'),
        ask: async (broker, some, attempt) => {
          const asked = [...some.values()]
          const version = await broker.versionOf(offsetFetch, [offsetFetch.versions[0], namesUntil])
          if (version === undefined || version >= manyGroupsSince) return askMany(broker, asked, requireStable, attempt)
          return new Map(await Promise.all(asked.map(group => askOne(broker, group, requireStable, attempt))))
        },
      },
      options,
    )
  }

  /** Sets what the group has committed; it must have no members. [alterConsumerGroupOffsets, alterStreamsGroupOffsets] */
  async alter(groupId: string, offsets: Iterable<OffsetToCommit>, options: CallOptions = {}): Promise<void> {
    ;(await this.alterAll(groupId, offsets, options)).orThrow()
  }

  /** The outcome of each, by "orders-3". */
  alterAll(
    groupId: string,
    offsets: Iterable<OffsetToCommit>,
    options: CallOptions = {},
  ): Promise<Outcomes<string, void>> {
    return this.#calls.run(
      {
        what: `set the offsets of group ${groupId}`,
        items: keyed(offsets, partitionKey),
        route: coordinatorRoute(this.#calls.cluster, 'group', () => groupId),
        ask: async (broker, some, attempt) => {
          const topics = [...byTopic(some.values())].map(([name, wanted]) => ({ name, partitions: wanted.map(onWire) }))
          const versions = [offsetCommit.versions[0], namesUntil] as const
          const options = { ...attempt, versions, lane: 'data' as const }
          const answer = await broker.request(offsetCommit, { groupId, topics }, options)
          return outcomesIn(answer.topics, groupId)
        },
      },
      options,
    )
  }

  /** Forgets what the group has committed; it must not be subscribed to the topics. [deleteConsumerGroupOffsets, deleteStreamsGroupOffsets] */
  async delete(groupId: string, partitions: Iterable<TopicPartition>, options: CallOptions = {}): Promise<void> {
    ;(await this.deleteAll(groupId, partitions, options)).orThrow()
  }

  /** The outcome of each, by "orders-3". */
  deleteAll(
    groupId: string,
    partitions: Iterable<TopicPartition>,
    options: CallOptions = {},
  ): Promise<Outcomes<string, void>> {
    return this.#calls.run(
      {
        what: `delete offsets of group ${groupId}`,
        items: keyed(partitions, partitionKey),
        route: coordinatorRoute(this.#calls.cluster, 'group', () => groupId),
        ask: async (broker, some, attempt) => {
          const topics = [...byTopic(some.values())].map(([name, wanted]) => {
            return { name, partitions: wanted.map(({ partition }) => ({ partitionIndex: partition })) }
          })
          const answer = await broker.request(offsetDelete, { groupId, topics }, attempt)
          check(answer.errorCode, { group: groupId })
          return outcomesIn(answer.topics, groupId)
        },
      },
      options,
    )
  }
}

function onWire({ partition, offset, leaderEpoch = -1, metadata = '' }: OffsetToCommit) {
  return {
    partitionIndex: partition,
    committedOffset: offset,
    committedLeaderEpoch: leaderEpoch,
    committedMetadata: metadata,
  }
}

function outcomesIn(
  topics: readonly { name: string; partitions: readonly { partitionIndex: number; errorCode: number }[] }[],
  group: string,
): Map<string, ClientError | undefined> {
  const outcomes = topics.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, errorCode }): [string, ClientError | undefined] => {
      const help = errorCode === unknownMember ? { help: helpWhenMembers } : {}
      return [partitionKey({ topic, partition }), failure(errorCode, { topic, partition, group, ...help })]
    }),
  )
  return new Map(outcomes)
}

const unknownMember = 25

function topicsOnWire(partitions: readonly TopicPartition[] | undefined) {
  if (partitions === undefined) return null
  return [...byTopic(partitions)].map(([name, some]) => {
    return { name, partitionIndexes: some.map(({ partition }) => partition) }
  })
}

async function askMany(
  broker: Broker,
  groups: readonly GroupToAsk[],
  requireStable: boolean,
  attempt: Attempt,
): Promise<Map<string, CommittedOffsets | ClientError>> {
  const asked = groups.map(({ groupId, partitions }) => ({ groupId, topics: topicsOnWire(partitions) }))
  const options = { ...attempt, versions: [manyGroupsSince, namesUntil] as const, lane: 'data' as const }
  const answer = await broker.request(offsetFetch, { groups: asked, requireStable }, options)
  return new Map(answer.groups.map(group => [group.groupId, offsetsIn(group, group.groupId)]))
}

async function askOne(
  broker: Broker,
  { groupId, partitions }: GroupToAsk,
  requireStable: boolean,
  attempt: Attempt,
): Promise<[string, CommittedOffsets | ClientError]> {
  // "All" can be asked for from version 2 on.
  const first = requireStable ? stableSince : 2
  const options = { ...attempt, versions: [first, manyGroupsSince - 1] as const, lane: 'data' as const }
  const body = { groupId, topics: topicsOnWire(partitions), requireStable }
  return [groupId, offsetsIn(await broker.request(offsetFetch, body, options), groupId)]
}

type GroupAnswer = Pick<Message<typeof offsetFetch.response>, 'errorCode' | 'topics'>

/** Fails as a whole when one of its partitions does: a part must not be taken for the whole. */
function offsetsIn({ errorCode, topics }: GroupAnswer, group: string): CommittedOffsets | ClientError {
  const error = failure(errorCode, { group })
  if (error !== undefined) return error
  const offsets = new Map<string, CommittedOffset>()
  for (const { name: topic, partitions } of topics) {
    for (const each of partitions) {
      const at = { topic, partition: each.partitionIndex }
      const wrong = failure(each.errorCode, { ...at, group })
      if (wrong !== undefined) return wrong
      // -1: nothing was committed.
      if (each.committedOffset < 0) continue
      const { committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata } = each
      offsets.set(partitionKey(at), { ...at, offset, leaderEpoch, metadata: metadata ?? '' })
    }
  }
  return offsets
}

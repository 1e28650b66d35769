// Share groups and where they begin (KIP-932). Sources: ShareGroupDescribe, DescribeShareGroupOffsets, AlterShareGroupOffsets,
// DeleteShareGroupOffsets (KIP-1043, KIP-1226); Java's methods stand in brackets. They are listed and deleted like all groups.

import { alterShareGroupOffsets } from '../../protocol/messages/alter-share-group-offsets.ts'
import { deleteShareGroupOffsets } from '../../protocol/messages/delete-share-group-offsets.ts'
import { describeShareGroupOffsets } from '../../protocol/messages/describe-share-group-offsets.ts'
import { shareGroupDescribe } from '../../protocol/messages/share-group-describe.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import type { ClientError } from '../client-error.ts'
import { type AclOperation, operationsIn } from './acl-names.ts'
import { check, failure, keyed, only } from './answers.ts'
import type { CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import { type DescribeGroupOptions, describeGroups, type GroupKind } from './group-description-call.ts'
import type { GroupToAsk } from './group-offsets.ts'
import type { Outcomes } from './outcomes.ts'
import { coordinatorRoute } from './routing/coordinator-route.ts'
import { byTopic, partitionKey } from './topic-partition.ts'

export interface ShareGroupDescription {
  readonly groupId: string
  readonly state: string
  readonly assignor: string
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  /** "host:port". */
  readonly coordinator: string
  readonly members: readonly ShareMemberDescription[]
  /** Undefined unless it was asked for. */
  readonly authorizedOperations: readonly AclOperation[] | undefined
}

export interface ShareMemberDescription {
  readonly memberId: string
  readonly clientId: string
  readonly clientHost: string
  readonly epoch: number
  readonly rack: string | undefined
  readonly subscribedTopics: readonly string[]
  readonly assignment: readonly TopicPartition[]
}

export interface ShareOffset extends TopicPartition {
  /** The first record that is not done with; -1 when it is not known. */
  readonly startOffset: Int64
  readonly leaderEpoch: number
  /** Records still to be done; undefined when the broker does not say. */
  readonly lag: Int64 | undefined
}

const shareGroups: GroupKind<Described, ShareGroupDescription> = {
  what: 'describe share groups',
  ask: (broker, body, attempt) => broker.request(shareGroupDescribe, body, attempt),
  from: descriptionFrom,
}

export class ShareGroupAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** Rejects with GROUP_ID_NOT_FOUND. [describeShareGroups] */
  async describe(groupId: string, options: DescribeGroupOptions = {}): Promise<ShareGroupDescription> {
    return only(await this.describeAll([groupId], options))
  }

  /** The outcome of each, by group id. [describeShareGroups] */
  describeAll(
    groupIds: Iterable<string>,
    options: DescribeGroupOptions = {},
  ): Promise<Outcomes<string, ShareGroupDescription>> {
    return describeGroups(this.#calls, shareGroups, groupIds, options)
  }

  /** Where each group begins, by group id and "orders-3". [listShareGroupOffsets] */
  listOffsets(
    groups: Iterable<GroupToAsk>,
    options: CallOptions = {},
  ): Promise<Outcomes<string, ReadonlyMap<string, ShareOffset>>> {
    return this.#calls.run(
      {
        what: 'list the offsets of share groups',
        items: keyed(groups, ({ groupId }) => groupId),
        route: coordinatorRoute(this.#calls.cluster, 'group'),
        ask: async (broker, some, attempt) => {
          const asked = [...some.values()].map(({ groupId, partitions }) => {
            const topics = partitions && [...byTopic(partitions)].map(topicOnWire)
            return { groupId, topics: topics ?? null }
          })
          const answer = await broker.request(describeShareGroupOffsets, { groups: asked }, attempt)
          return new Map(answer.groups.map(group => [group.groupId, offsetsIn(group)]))
        },
      },
      options,
    )
  }

  /** Sets where a group that has no members begins; by "orders-3". [alterShareGroupOffsets] */
  alterOffsets(
    groupId: string,
    offsets: Iterable<TopicPartition & { readonly startOffset: Int64 }>,
    options: CallOptions = {},
  ): Promise<Outcomes<string, void>> {
    return this.#calls.run(
      {
        what: `set the offsets of share group ${groupId}`,
        items: keyed(offsets, partitionKey),
        route: coordinatorRoute(this.#calls.cluster, 'group', () => groupId),
        ask: async (broker, some, attempt) => {
          const topics = [...byTopic(some.values())].map(([topicName, wanted]) => ({
            topicName,
            partitions: wanted.map(({ partition, startOffset }) => ({ partitionIndex: partition, startOffset })),
          }))
          const answer = await broker.request(alterShareGroupOffsets, { groupId, topics }, attempt)
          check(answer.errorCode, { group: groupId }, answer.errorMessage)
          const outcomes = answer.responses.flatMap(({ topicName: topic, partitions }) =>
            partitions.map(
              ({ partitionIndex: partition, errorCode, errorMessage }): [string, ClientError | undefined] => {
                const place = { topic, partition, group: groupId }
                return [partitionKey(place), failure(errorCode, place, errorMessage)]
              },
            ),
          )
          return new Map(outcomes)
        },
      },
      options,
    )
  }

  /** Forgets where a group that has no members begins; by topic. [deleteShareGroupOffsets] */
  deleteOffsets(groupId: string, topics: Iterable<string>, options: CallOptions = {}): Promise<Outcomes<string, void>> {
    return this.#calls.run(
      {
        what: `delete offsets of share group ${groupId}`,
        items: keyed(topics, topic => topic),
        route: coordinatorRoute(this.#calls.cluster, 'group', () => groupId),
        ask: async (broker, some, attempt) => {
          const body = { groupId, topics: [...some.keys()].map(topicName => ({ topicName })) }
          const answer = await broker.request(deleteShareGroupOffsets, body, attempt)
          check(answer.errorCode, { group: groupId }, answer.errorMessage)
          return new Map(
            answer.responses.map(({ topicName: topic, errorCode, errorMessage }) => {
              return [topic, failure(errorCode, { topic, group: groupId }, errorMessage)]
            }),
          )
        },
      },
      options,
    )
  }
}

function topicOnWire([topicName, some]: [string, readonly TopicPartition[]]) {
  return { topicName, partitions: some.map(({ partition }) => partition) }
}

type Described = Message<typeof shareGroupDescribe.response>['groups'][number]

function descriptionFrom(group: Described, coordinator: string): ShareGroupDescription | ClientError {
  const error = failure(group.errorCode, { group: group.groupId }, group.errorMessage)
  if (error !== undefined) return error
  return {
    groupId: group.groupId,
    state: group.groupState,
    assignor: group.assignorName,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    coordinator,
    members: group.members.map(member => ({
      memberId: member.memberId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      epoch: member.memberEpoch,
      rack: member.rackId ?? undefined,
      subscribedTopics: member.subscribedTopicNames,
      assignment: member.assignment.topicPartitions.flatMap(({ topicName: topic, partitions }) =>
        partitions.map(partition => ({ topic, partition })),
      ),
    })),
    authorizedOperations: operationsIn(group.authorizedOperations),
  }
}

type Offsets = Message<typeof describeShareGroupOffsets.response>['groups'][number]

/** Fails as a whole when one of its partitions does: a part must not be taken for the whole. */
function offsetsIn(group: Offsets): ReadonlyMap<string, ShareOffset> | ClientError {
  const error = failure(group.errorCode, { group: group.groupId }, group.errorMessage)
  if (error !== undefined) return error
  const offsets = new Map<string, ShareOffset>()
  for (const { topicName: topic, partitions } of group.topics) {
    for (const { partitionIndex: partition, startOffset, leaderEpoch, lag, errorCode, errorMessage } of partitions) {
      const wrong = failure(errorCode, { topic, partition, group: group.groupId }, errorMessage)
      if (wrong !== undefined) return wrong
      const known = lag >= 0 ? lag : undefined
      offsets.set(partitionKey({ topic, partition }), { topic, partition, startOffset, leaderEpoch, lag: known })
    }
  }
  return offsets
}

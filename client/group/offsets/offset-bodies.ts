// OffsetCommit and OffsetFetch in every version that brokers offer.

import type { offsetFetch } from '../../../protocol/messages/offset-fetch.ts'
import type { TopicPartition } from '../../../protocol/types.ts'
import type { Message } from '../../../protocol/wire/schema.ts'
import type { OffsetToCommit } from '../group-membership.ts'
import type { CommitIdentity } from '../member-session.ts'
import { type TopicIds, topicIdsSince } from './topic-ids.ts'

/** OffsetFetch: version from which one request may be for several groups. */
const manyGroupsSince = 8
/** OffsetFetch: version from which the member says who it is. */
const memberSince = 9
const requireStableSince = 7

export function byTopic<T extends TopicPartition>(partitions: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>()
  for (const partition of partitions) {
    const known = found.get(partition.topic)
    if (known === undefined) found.set(partition.topic, [partition])
    else known.push(partition)
  }
  return found
}

export function commitBody(groupId: string, as: CommitIdentity, offsets: readonly OffsetToCommit[], ids: TopicIds) {
  const topics = [...byTopic(offsets)].map(([topic, partitions]) => ({
    topic,
    partitions: partitions.map(({ partition, offset, leaderEpoch = -1, metadata = '' }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: metadata,
    })),
  }))
  const { memberId, generationId: generationIdOrMemberEpoch, groupInstanceId } = as
  return (apiVersion: number) => ({
    groupId,
    memberId,
    generationIdOrMemberEpoch,
    groupInstanceId,
    topics: topics.map(({ topic, partitions }) => {
      return apiVersion >= topicIdsSince ? { topicId: ids.idOf(topic), partitions } : { name: topic, partitions }
    }),
  })
}

export function fetchBody(
  groupId: string,
  as: CommitIdentity | undefined,
  partitions: readonly TopicPartition[],
  ids: TopicIds,
) {
  const topics = [...byTopic(partitions)].map(([topic, of]) => ({
    topic,
    indexes: of.map(({ partition }) => partition),
  }))
  const member = as === undefined ? {} : { memberId: as.memberId, memberEpoch: as.generationId }
  return (apiVersion: number) => {
    const named = topics.map(({ topic, indexes: partitionIndexes }) => {
      return apiVersion >= topicIdsSince
        ? { topicId: ids.idOf(topic), partitionIndexes }
        : { name: topic, partitionIndexes }
    })
    const requireStable = apiVersion >= requireStableSince ? { requireStable: true } : {}
    if (apiVersion < manyGroupsSince) return { groupId, topics: named, ...requireStable }
    const who = apiVersion >= memberSince ? member : {}
    return { groups: [{ groupId, topics: named, ...who }], ...requireStable }
  }
}

type FetchAnswer = Message<typeof offsetFetch.response>

export interface FetchedGroup {
  readonly errorCode: number
  readonly topics: FetchAnswer['groups'][number]['topics']
}

/** What the answer says of the group, whatever its version. */
export function fetchedGroup(answer: FetchAnswer): FetchedGroup {
  const [group] = answer.groups
  if (group !== undefined) return group
  const topics = answer.topics.map(topic => ({ ...topic, topicId: '' }))
  return { errorCode: answer.errorCode, topics }
}

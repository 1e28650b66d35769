// OffsetFetch: v1-10. What groups have committed. v2: null asks for all topics, and the group has an error of its own.
// v5: leader epoch. v7: requireStable. v8: several groups. v9: member id and epoch, which classic groups ignore.
// v10: topic ids instead of names.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import { offsetFetch } from '../../../protocol/messages/offset-fetch.ts'
import type { Message } from '../../../protocol/wire/schema.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import { type FetchedGroup, type FetchedOffsets, noOffset } from '../../coordinator/group/offset-fetch.ts'
import { handler, type RequestContext } from '../handler.ts'

export default handler(
  offsetFetch,
  async (context, request) => {
    const { apiVersion } = context
    const groups = apiVersion < 8 ? [onlyGroup(request)] : request.groups
    const fetched = await Promise.all(groups.map(group => fetchGroup(context, group, request.requireStable)))
    return responseOf(fetched, apiVersion)
  },
  {
    parks: true,
    failure: (request, code, { apiVersion }) => {
      const groups = apiVersion < 8 ? [onlyGroup(request)] : request.groups
      return responseOf(
        groups.map(group => groupError(group, { code }, apiVersion)),
        apiVersion,
      )
    },
  },
)

function responseOf(groups: readonly FetchedOffsets[], apiVersion: number) {
  if (apiVersion >= 8) return { groups }
  const { errorCode, topics } = groups[0]!
  return { errorCode, topics: topics?.map(({ name, partitions }) => ({ name, partitions })) }
}

/** The request of one group before version 8, in the form of later ones. */
function onlyGroup({ groupId, topics }: Message<typeof offsetFetch.request>): FetchedGroup {
  const named = topics?.map(topic => ({ ...topic, topicId: zeroUuid })) ?? null
  return { groupId, memberId: null, memberEpoch: -1, topics: named }
}

async function fetchGroup(
  context: RequestContext,
  group: FetchedGroup,
  requireStable: boolean,
): Promise<FetchedOffsets> {
  const { metadata, groups } = context.services
  const usesIds = context.apiVersion >= 10
  const nameOf = (topicId: string) => metadata.image.topicById(topicId)?.name
  const asked = usesIds ? group.topics?.map(topic => ({ ...topic, name: nameOf(topic.topicId) ?? '' })) : group.topics
  const unknown = usesIds ? (asked?.filter(topic => topic.name === '') ?? []) : []
  const known = asked?.filter(topic => !unknown.includes(topic)) ?? null
  const answer = await groups.offsetFetch(context, { ...group, topics: known }, requireStable)
  if ('error' in answer) return groupError(group, answer.error, context.apiVersion)
  const refused = unknown.map(({ topicId, partitionIndexes }) => ({
    topicId,
    partitions: partitionIndexes.map(index => ({ ...noOffset(index), errorCode: errors.UNKNOWN_TOPIC_ID.code })),
  }))
  const topics = usesIds && group.topics === null ? withIds(context, answer) : answer.topics
  return { ...answer, topics: [...(topics ?? []), ...refused] }
}

/** All topics, asked for by id: those that are gone have none and cannot be told. */
function withIds({ services }: RequestContext, { topics }: FetchedOffsets): FetchedOffsets['topics'] {
  return topics?.flatMap(topic => {
    const topicId = services.metadata.image.topicByName(topic.name ?? '')?.id
    return topicId === undefined ? [] : [{ ...topic, topicId }]
  })
}

/** Version 1 has no error of the group, so each partition carries it. */
function groupError(group: FetchedGroup, { code }: Pick<ProtocolError, 'code'>, apiVersion: number): FetchedOffsets {
  const { groupId } = group
  if (apiVersion >= 2) return { groupId, errorCode: code }
  const topics = group.topics?.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map(index => ({ ...noOffset(index), errorCode: code })),
  }))
  return { groupId, topics }
}

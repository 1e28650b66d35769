// What is special about Fetch: a request within a session (KIP-227) is about partitions that it does not name, and one that finds
// nothing waits. With an error in its answer it is answered at once, as by Kafka.

import type { PartitionFetch } from '../../../broker/server/fetch/fetch-session.ts'
import type { RequestContext } from '../../../broker/server/handler.ts'
import { fetch } from '../../../protocol/messages/fetch.ts'
import type { Api, Message } from '../../../protocol/wire/schema.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { Value } from './error-answer.ts'

type FetchTopic = Message<typeof fetch.request>['topics'][number]

const isFetch = (api: Api): boolean => api.key === fetch.key

/** The request with the partitions of its session; the same object where it names all that it is about. */
export function askedOf(api: Api, { services }: RequestContext, request: Value): Value {
  const { sessionId, sessionEpoch, topics } = request as unknown as Message<typeof fetch.request>
  if (!isFetch(api) || sessionEpoch <= 0) return request
  const named = new Set(topics.flatMap(topic => topic.partitions.map(each => keyOf(topic, each.partition))))
  const known = services.fetches
    .sessionPartitions(sessionId)
    .filter(({ topic = '', topicId, index }) => !named.has(keyOf({ topic, topicId }, index)))
  return { ...request, topics: [...topics, ...known.map(asTopic)] }
}

/** The request as one that does not wait for records. */
export function withoutWaiting(api: Api, request: Value): Value {
  return isFetch(api) ? { ...request, maxWaitMs: 0 } : request
}

const keyOf = ({ topic, topicId }: Pick<FetchTopic, 'topic' | 'topicId'>, partition: number): string =>
  `${topicId === zeroUuid ? topic : topicId}/${partition}`

const asTopic = ({ topic = '', topicId, index }: PartitionFetch) => ({
  topic,
  topicId,
  partitions: [{ partition: index }],
})

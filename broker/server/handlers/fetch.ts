// Fetch: v4-18. Records of many partitions, as ranges of their files; waits up to maxWaitMs for minBytes.
// The first batch of the answer comes whole even if it is larger than all limits, so that a consumer always gets on.
// v5: log start offset. v7: sessions (KIP-227). v9: leader epochs. v11: preferred read replica, always -1 here. v12:
// lastFetchedEpoch and where logs part (KIP-320). v13: topic ids. v15: replicaState. v16: the current leader (KIP-951).
// More than `fetchPartitionsMax` partitions in one request are INVALID_REQUEST; Kafka tries.
// Not done: followers (there is one replica), throttling.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import { fetch } from '../../../protocol/messages/fetch.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import { CurrentLeaders } from '../current-leader.ts'
import type { FetchAnswer, Fetched } from '../fetch/fetch-service.ts'
import type { PartitionFetch } from '../fetch/fetch-session.ts'
import { fetchPartitionsMax } from '../fetch/fetch-session-cache.ts'
import { type PartitionRead, refusedRead } from '../fetch/partition-read.ts'
import { handler, type RequestContext } from '../handler.ts'
import { offsetOf } from '../partition-answers.ts'

type Request = Message<typeof fetch.request>
type Response = MessageInput<typeof fetch.response>
type TopicResponse = NonNullable<Response['responses']>[number]
type PartitionResponse = NonNullable<TopicResponse['partitions']>[number]

const readCommitted = 1
const noBytes = Buffer.alloc(0)

export default handler(fetch, handleFetch, { parks: true, failure })

function handleFetch(context: RequestContext, request: Request): Response | Promise<Response> {
  const { services, apiVersion } = context
  if (partitionCount(request) > fetchPartitionsMax) return tooMany(context, request)
  const { image } = services.metadata
  const nameOf = (topicId: string) => services.metadata.image.topicById(topicId)?.name
  const usesTopicIds = apiVersion >= 13
  const maxBytes = Math.min(request.maxBytes, services.config.int('fetch.max.bytes'))
  const answer = services.fetches.fetch(
    {
      parameters: {
        replicaId: apiVersion >= 15 ? request.replicaState.replicaId : request.replicaId,
        readCommitted: request.isolationLevel === readCommitted,
        minBytes: Math.min(request.minBytes, maxBytes),
        maxBytes,
        maxWaitMs: request.maxWaitMs,
      },
      usesTopicIds,
      sessionId: request.sessionId,
      sessionEpoch: request.sessionEpoch,
      fetches: wanted(request.topics, usesTopicIds, nameOf),
      forgotten: forgotten(request.forgottenTopicsData),
    },
    nameOf,
    ({ topic, index }: PartitionFetch) => {
      if (topic === undefined) return unknownRead(errors.UNKNOWN_TOPIC_ID)
      const isKnown = image.topicByName(topic)?.partitions[index] !== undefined
      return isKnown ? undefined : unknownRead(errors.UNKNOWN_TOPIC_OR_PARTITION)
    },
  )
  return answer instanceof Promise ? answer.then(done => encoded(context, done)) : encoded(context, answer)
}

function partitionCount({ topics, forgottenTopicsData }: Request): number {
  let count = 0
  for (const { partitions } of topics) count += partitions.length
  for (const { partitions } of forgottenTopicsData) count += partitions.length
  return count
}

/** Versions before 7 have nothing for the whole. */
function tooMany(context: RequestContext, request: Request): Response {
  const { errorCode, responses } = failure(request, errors.INVALID_REQUEST.code)
  return context.apiVersion >= 7 ? { errorCode, responses: [] } : { responses }
}

/** Kafka answers these with an empty list of aborted transactions, whatever was asked. */
const unknownRead = (error: ProtocolError): PartitionRead => ({ ...refusedRead(error), abortedTransactions: [] })

function wanted(
  topics: Request['topics'],
  usesTopicIds: boolean,
  nameOf: (topicId: string) => string | undefined,
): PartitionFetch[] {
  const fetches: PartitionFetch[] = []
  for (const { topic: name, topicId, partitions } of topics) {
    const topic = usesTopicIds ? nameOf(topicId) : name
    for (const each of partitions) {
      fetches.push({
        topic,
        topicId,
        index: each.partition,
        fetchOffset: offsetOf(each.fetchOffset),
        currentLeaderEpoch: each.currentLeaderEpoch,
        lastFetchedEpoch: each.lastFetchedEpoch,
        maxBytes: each.partitionMaxBytes,
      })
    }
  }
  return fetches
}

function forgotten(topics: Request['forgottenTopicsData']): PartitionFetch[] {
  const nothing = { fetchOffset: -1, currentLeaderEpoch: -1, lastFetchedEpoch: -1, maxBytes: 0 }
  return topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map(index => ({ topic, topicId, index, ...nothing })),
  )
}

function encoded(context: RequestContext, { error, sessionId, partitions }: FetchAnswer): Response {
  const leaders = new CurrentLeaders(context.services.metadata.image, context.listenerName)
  const responses: (TopicResponse & { partitions: PartitionResponse[] })[] = []
  let last: (TopicResponse & { partitions: PartitionResponse[] }) | undefined
  for (const fetched of partitions) {
    const { topic = '', topicId } = fetched.fetch
    if (last === undefined || last.topic !== topic || last.topicId !== topicId) {
      last = { topic, topicId, partitions: [] }
      responses.push(last)
    }
    last.partitions.push(partitionResponse(context, fetched, leaders))
    if (fetched.read.release !== undefined) context.afterSend(fetched.read.release)
  }
  return { errorCode: error.code, sessionId, responses, nodeEndpoints: leaders.endpoints }
}

function partitionResponse({ apiVersion }: RequestContext, { fetch, read }: Fetched, leaders: CurrentLeaders) {
  const { error, divergingEpoch } = read
  const response: PartitionResponse = {
    partitionIndex: fetch.index,
    errorCode: errorCodeFor(apiVersion, error),
    highWatermark: read.highWatermark,
    lastStableOffset: read.lastStableOffset,
    logStartOffset: read.logStartOffset,
    abortedTransactions: read.abortedTransactions,
    records: read.part ?? noBytes,
  }
  const isMisled = error === errors.NOT_LEADER_OR_FOLLOWER || error === errors.FENCED_LEADER_EPOCH
  if (divergingEpoch === undefined && !isMisled) return response
  return {
    ...response,
    ...(divergingEpoch && { divergingEpoch }),
    ...(isMisled && apiVersion >= 16 && { currentLeader: leaders.of(fetch.topic ?? '', fetch.index) }),
  }
}

/** For the whole and for each partition that was named: versions before 7 have nothing for the whole. */
function failure({ topics }: Request, errorCode: number): Response {
  const answer = (partitionIndex: number) => ({ partitionIndex, errorCode, highWatermark: -1, records: noBytes })
  const responses = topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition }) => answer(partition)),
  }))
  return { errorCode, responses }
}

/** Older consumers do not know KAFKA_STORAGE_ERROR and would give up. */
const errorCodeFor = (apiVersion: number, error: ProtocolError): number =>
  apiVersion <= 5 && error === errors.KAFKA_STORAGE_ERROR ? errors.NOT_LEADER_OR_FOLLOWER.code : error.code

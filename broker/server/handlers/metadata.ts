// Metadata: v0-13. Brokers, and topics with their partitions and leaders; creates topics that are asked for by name and missing.
// v0: an empty list asks for all topics, from v1 on null does and empty asks for none. v4: allowAutoTopicCreation, before
// that always allowed. v8-10: operations on the cluster. v10: topic ids; v12: asking by id.
// Other than Kafka, which answers UNKNOWN_TOPIC_OR_PARTITION until the controller is done, a created topic is in the answer.

import { errors } from '../../../protocol/errors.ts'
import { metadata } from '../../../protocol/messages/metadata.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { MetadataImage, TopicImage } from '../../metadata/metadata-image.ts'
import { allClusterOperations, allTopicOperations, operationsNotAsked } from '../authorized-operations.ts'
import { handler, type RequestContext } from '../handler.ts'
import { createMissingTopics } from '../topic-creation.ts'
import { isInternalTopic, isLegalTopicName } from '../topic-name.ts'
import { aliveNodes, partitionViews } from '../topic-view.ts'

type Request = Message<typeof metadata.request>
type Response = MessageInput<typeof metadata.response>
type Topic = NonNullable<Response['topics']>[number]

export default handler(
  metadata,
  (context, request) => {
    const asked = whatIsAsked(context, request)
    if (asked === 'invalid') return failure(request, errors.INVALID_REQUEST.code, context)
    const { image } = context.services.metadata
    if (asked === 'all')
      return answer(
        context,
        request,
        [...image.topics()].map(topic => described(context, image, topic)),
      )
    const unknownIds = asked.ids.filter(id => image.topicById(id) === undefined)
    const byId = unknownIds.map(id => ({ errorCode: errors.UNKNOWN_TOPIC_ID.code, name: null, topicId: id }))
    const names = [...asked.names, ...asked.ids.flatMap(id => image.topicById(id)?.name ?? [])]
    const missing = names.filter(name => image.topicByName(name) === undefined)
    const mayCreate = request.allowAutoTopicCreation && context.services.config.boolean('auto.create.topics.enable')
    if (missing.length === 0 || !mayCreate) return answer(context, request, [...byId, ...byName(context, names)])
    return createMissingTopics(context.services, missing).then(refused =>
      answer(context, request, [...byId, ...byName(context, names, refused)]),
    )
  },
  { failure },
)

function whatIsAsked({ apiVersion }: RequestContext, { topics }: Request): 'all' | 'invalid' | Asked {
  if (topics === null || (apiVersion === 0 && topics.length === 0)) return 'all'
  const isById = (topic: { topicId: string }) => topic.topicId !== zeroUuid
  if (apiVersion < 12 && topics.some(topic => topic.name === null || isById(topic))) return 'invalid'
  // As in Kafka one id makes it a request by ids.
  const ids = [...new Set(topics.filter(isById).map(topic => topic.topicId))]
  const names = ids.length > 0 ? [] : [...new Set(topics.map(topic => topic.name ?? ''))]
  return { ids, names }
}

interface Asked {
  readonly ids: readonly string[]
  readonly names: readonly string[]
}

function byName(context: RequestContext, names: readonly string[], refused?: ReadonlyMap<string, number>): Topic[] {
  const { image } = context.services.metadata
  return names.map(name => {
    const topic = image.topicByName(name)
    if (topic !== undefined) return described(context, image, topic)
    const unknown = isLegalTopicName(name) ? errors.UNKNOWN_TOPIC_OR_PARTITION : errors.INVALID_TOPIC_EXCEPTION
    return { errorCode: refused?.get(name) ?? unknown.code, name, isInternal: isInternalTopic(name) }
  })
}

function described({ apiVersion, listenerName }: RequestContext, image: MetadataImage, topic: TopicImage): Topic {
  return {
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: partitionViews(image, topic, listenerName, apiVersion),
  }
}

function answer(context: RequestContext, request: Request, topics: readonly Topic[]): Response {
  const { image, controllerId } = context.services.metadata
  const operations = request.includeTopicAuthorizedOperations ? allTopicOperations : operationsNotAsked
  return {
    brokers: aliveNodes(image, context.listenerName),
    clusterId: image.clusterId,
    controllerId,
    topics: topics.map(topic => ({ ...topic, topicAuthorizedOperations: operations })),
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? allClusterOperations : operationsNotAsked,
  }
}

/** Every topic that was named gets the error. */
function failure(request: Request, errorCode: number, { apiVersion }: RequestContext): Response {
  const topics = (request.topics ?? []).map(({ name, topicId }) => ({
    errorCode,
    name: name ?? (apiVersion < 12 ? '' : null),
    topicId,
  }))
  return { topics, errorCode }
}

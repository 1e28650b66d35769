// DescribeTopicPartitions: v0 (KIP-966). Topics in the order of their names, page by page: a page ends after responsePartitionLimit
// partitions (and max.request.partition.size.limit), the cursor says where the next one begins. No topics named: all of them.

import { errors } from '../../../protocol/errors.ts'
import { describeTopicPartitions } from '../../../protocol/messages/describe-topic-partitions.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { MetadataImage, TopicImage } from '../../metadata/metadata-image.ts'
import { allTopicOperations } from '../authorized-operations.ts'
import { handler, type RequestContext } from '../handler.ts'
import { isInternalTopic, isLegalTopicName } from '../topic-name.ts'
import { partitionViews } from '../topic-view.ts'

type Request = Message<typeof describeTopicPartitions.request>
type Response = MessageInput<typeof describeTopicPartitions.response>
type Topic = NonNullable<Response['topics']>[number]

export default handler(
  describeTopicPartitions,
  (context, request) => {
    const { image, config } = { ...context.services, image: context.services.metadata.image }
    const names = namesFrom(image, request)
    if (names === undefined) return refused(request, errors.INVALID_REQUEST.code)
    const limit = Math.min(config.int('max.request.partition.size.limit'), request.responsePartitionLimit)
    return page(context, request, names, Math.max(limit, 1))
  },
  { failure: refused },
)

/** The names to describe, from the cursor on; undefined when the cursor makes no sense. */
function namesFrom(image: MetadataImage, { topics, cursor }: Request): string[] | undefined {
  const asked = topics.length === 0 ? Array.from(image.topics(), topic => topic.name) : topics.map(topic => topic.name)
  const first = cursor?.topicName ?? ''
  const names = [...new Set(asked)].filter(name => name >= first).sort()
  if (!cursor) return names
  const isAsked = topics.length === 0 || names.includes(first)
  return isAsked && cursor.partitionIndex >= 0 ? names : undefined
}

function page(context: RequestContext, request: Request, names: readonly string[], limit: number): Response {
  const topics: Topic[] = []
  let room = limit
  for (const topicName of names) {
    if (room === 0) return { topics, nextCursor: { topicName, partitionIndex: 0 } }
    const topic = context.services.metadata.image.topicByName(topicName)
    if (!topic) {
      // Among all topics one that has just gone is not worth a word.
      if (request.topics.length > 0) topics.push(unknown(topicName))
      continue
    }
    const start = request.cursor?.topicName === topicName ? request.cursor.partitionIndex : 0
    const end = Math.min(topic.partitions.length, start + room)
    topics.push(described(context, topic, start, end))
    if (end < topic.partitions.length) return { topics, nextCursor: { topicName, partitionIndex: end } }
    room -= Math.max(0, end - start)
  }
  return { topics, nextCursor: null }
}

function described(context: RequestContext, topic: TopicImage, start: number, end: number): Topic {
  const { image } = context.services.metadata
  const part = { ...topic, partitions: topic.partitions.slice(start, end) }
  return {
    errorCode: errors.NONE.code,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: partitionViews(image, part, context.listenerName, latestMetadataVersion).map((view, at) => ({
      ...view,
      eligibleLeaderReplicas: part.partitions[at]!.eligibleLeaderReplicas,
      lastKnownElr: part.partitions[at]!.lastKnownElr,
    })),
    topicAuthorizedOperations: allTopicOperations,
  }
}

/** Partitions are described as in the newest version of Metadata. */
const latestMetadataVersion = 13

function unknown(name: string): Topic {
  const error = isLegalTopicName(name) ? errors.UNKNOWN_TOPIC_OR_PARTITION : errors.INVALID_TOPIC_EXCEPTION
  return {
    errorCode: error.code,
    name,
    topicId: zeroUuid,
    isInternal: isInternalTopic(name),
    topicAuthorizedOperations: allTopicOperations,
  }
}

function refused(request: Request, errorCode: number): Response {
  return { topics: request.topics.map(({ name }) => ({ errorCode, name, isInternal: isInternalTopic(name) })) }
}

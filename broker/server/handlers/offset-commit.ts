// OffsetCommit: v2-10. A group, or nobody in particular, notes how far it is. Partitions that do not exist are refused one by one.
// v2-4: retention time. v6: leader epoch. v7: static members. v9: GROUP_ID_NOT_FOUND. v10: topic ids instead of names.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import { offsetCommit } from '../../../protocol/messages/offset-commit.ts'
import type { Message } from '../../../protocol/wire/schema.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { MetadataImage } from '../../metadata/metadata-image.ts'
import { handler } from '../handler.ts'

type CommitRequest = Message<typeof offsetCommit.request>
type CommitTopic = CommitRequest['topics'][number]

export default handler(
  offsetCommit,
  async (context, request) => {
    const { metadata, groups } = context.services
    const resolved = request.topics.map(topic => resolve(metadata.image, topic, context.apiVersion))
    const known = resolved.map(({ topic }) => topic).filter(topic => topic.partitions.length > 0)
    const refused = resolved.flatMap(({ refusal }) => refusal ?? [])
    if (known.length === 0) return { topics: refused }
    const answer = await groups.offsetCommit(context, { ...request, topics: known })
    const answered = 'error' in answer ? known.map(topic => refuse(topic, answer.error)) : (answer.topics ?? [])
    return { topics: merge([...refused, ...answered]) }
  },
  {
    parks: true,
    failure: ({ topics }, errorCode) => ({ topics: topics.map(topic => refuse(topic, { code: errorCode })) }),
  },
)

/** The topic with both of its names and those partitions that exist; the others are refused. */
function resolve(image: MetadataImage, asked: CommitTopic, apiVersion: number) {
  const image_ = apiVersion >= 10 ? image.topicById(asked.topicId) : image.topicByName(asked.name)
  const unknown = apiVersion >= 10 ? errors.UNKNOWN_TOPIC_ID : errors.UNKNOWN_TOPIC_OR_PARTITION
  const topic = { ...asked, name: image_?.name ?? asked.name, topicId: image_?.id ?? asked.topicId }
  const exists = ({ partitionIndex }: { partitionIndex: number }) => image_?.partitions[partitionIndex] !== undefined
  const missing = topic.partitions.filter(partition => !exists(partition))
  const error = image_ === undefined ? unknown : errors.UNKNOWN_TOPIC_OR_PARTITION
  return {
    topic: { ...topic, partitions: topic.partitions.filter(exists) },
    refusal: missing.length > 0 ? refuse({ ...topic, partitions: missing }, error) : undefined,
  }
}

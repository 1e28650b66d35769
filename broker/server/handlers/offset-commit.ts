// OffsetCommit: v2-10. A group, or nobody in particular, notes how far it is. Partitions that do not exist are refused one by one.
// v2-4: retention time. v6: leader epoch. v7: static members. v9: GROUP_ID_NOT_FOUND. v10: topic ids instead of names.

import { errors } from '../../../protocol/errors.ts'
import { offsetCommit } from '../../../protocol/messages/offset-commit.ts'
import type { Message } from '../../../protocol/wire/schema.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import { mergeTopics, refuseTopic, splitByExistence } from '../../coordinator/group/existing-partitions.ts'
import type { MetadataImage } from '../../metadata/metadata-image.ts'
import { handler } from '../handler.ts'

export default handler(
  offsetCommit,
  async (context, request) => {
    const { metadata, groups } = context.services
    const resolved = request.topics.map(topic => resolve(metadata.image, topic, context.apiVersion))
    const topics = resolved.flatMap(({ existing }) => (existing.partitions.length > 0 ? [existing] : []))
    const refused = resolved.flatMap(({ refusal }) => refusal ?? [])
    if (topics.length === 0) return { topics: mergeTopics(refused) }
    const answer = await groups.offsetCommit(context, { ...request, topics })
    const answered = 'error' in answer ? topics.map(topic => refuseTopic(topic, answer.error)) : (answer.topics ?? [])
    return { topics: mergeTopics([...refused, ...answered]) }
  },
  {
    parks: true,
    failure: ({ topics }, code) => ({ topics: topics.map(topic => refuseTopic(topic, { code })) }),
  },
)

/** The topic by both of its names with the partitions that exist, and what the others are told. */
function resolve(image: MetadataImage, asked: Message<typeof offsetCommit.request>['topics'][number], version: number) {
  const topic = version < 10 ? image.topicByName(asked.name) : image.topicById(asked.topicId)
  const { existing, missing } = splitByExistence(topic, asked.partitions)
  const names = { name: topic?.name ?? asked.name, topicId: topic?.id ?? (version < 10 ? zeroUuid : asked.topicId) }
  const error = topic === undefined && version >= 10 ? errors.UNKNOWN_TOPIC_ID : errors.UNKNOWN_TOPIC_OR_PARTITION
  return {
    existing: { ...names, partitions: existing },
    refusal: missing.length > 0 ? refuseTopic({ ...names, partitions: missing }, error) : undefined,
  }
}

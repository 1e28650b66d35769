// OffsetDelete: v0. What a group has committed is forgotten, unless its members are subscribed to the topic.

import { errors } from '../../../protocol/errors.ts'
import { offsetDelete } from '../../../protocol/messages/offset-delete.ts'
import { mergeTopics, refuseTopic, splitByExistence } from '../../coordinator/group/existing-partitions.ts'
import { handler } from '../handler.ts'

export default handler(
  offsetDelete,
  async (context, request) => {
    const { metadata, groups } = context.services
    const topics = []
    const refused = []
    for (const { name, partitions } of request.topics) {
      const { existing, missing } = splitByExistence(metadata.image.topicByName(name), partitions)
      if (existing.length > 0) topics.push({ name, partitions: existing })
      if (missing.length > 0)
        refused.push(refuseTopic({ name, partitions: missing }, errors.UNKNOWN_TOPIC_OR_PARTITION))
    }
    const answer = await groups.offsetDelete(context, { ...request, topics })
    // An error of the group stands alone.
    if (answer.errorCode !== errors.NONE.code) return { errorCode: answer.errorCode }
    return { topics: mergeTopics([...refused, ...(answer.topics ?? [])]) }
  },
  { parks: true, failure: (_request, errorCode) => ({ errorCode }) },
)

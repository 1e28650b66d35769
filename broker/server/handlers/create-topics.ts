// CreateTopics: v2-7. Topics with counts or assignments of replicas, and configs. v5: the answer tells partitions, replication
// factor and configs. v7: topic ids. The answer waits until the topics are on disk and their logs exist (timeoutMs is ignored).

import { createTopics } from '../../../protocol/messages/create-topics.ts'
import { handler } from '../handler.ts'

export default handler(createTopics, ({ services }, request) => services.metadata.createTopics(request), {
  failure: (request, errorCode) => ({ topics: request.topics.map(({ name }) => ({ name, errorCode, configs: [] })) }),
})

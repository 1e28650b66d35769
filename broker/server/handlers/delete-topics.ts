// DeleteTopics: v1-6. v5: error messages. v6: by id as well as by name. The answer waits until the deletion is on disk and the
// logs are out of the way (timeoutMs is ignored); their files go after file.delete.delay.ms.

import { deleteTopics } from '../../../protocol/messages/delete-topics.ts'
import { handler } from '../handler.ts'

export default handler(
  deleteTopics,
  ({ services, apiVersion }, request) => services.metadata.deleteTopics(request, apiVersion),
  {
    failure: ({ topics, topicNames }, errorCode) => ({
      responses: [...topicNames.map(name => ({ name, errorCode })), ...topics.map(topic => ({ ...topic, errorCode }))],
    }),
  },
)

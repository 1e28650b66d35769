// CreatePartitions: v0-3. More partitions for existing topics; the answer waits until they are on disk and their logs exist
// (timeoutMs is ignored).

import { createPartitions } from '../../../protocol/messages/create-partitions.ts'
import { handler } from '../handler.ts'

export default handler(createPartitions, ({ services }, request) => services.metadata.createPartitions(request), {
  failure: (request, errorCode) => ({ results: request.topics.map(({ name }) => ({ name, errorCode })) }),
})

// ElectLeaders: v0-2. The answer waits until the elections are on disk and obeyed here (timeoutMs is ignored). v1: unclean
// elections, and an error for the whole; before it a refused election type does not exist.

import { electLeaders } from '../../../protocol/messages/elect-leaders.ts'
import { handler } from '../handler.ts'

export default handler(electLeaders, ({ services }, request) => services.metadata.electLeaders(request), {
  failure: ({ topicPartitions }, errorCode, { apiVersion }) => ({
    ...(apiVersion > 0 && { errorCode }),
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map(partitionId => ({ partitionId, errorCode, errorMessage: null })),
    })),
  }),
})

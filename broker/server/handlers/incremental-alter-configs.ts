// IncrementalAlterConfigs: v0-1. Sets (0), deletes (1), appends to (2) and subtracts from (3) single settings of topics, brokers ('' is the cluster),
// groups and client metrics subscriptions.
// Not done: log levels of brokers (BROKER_LOGGER), which are refused with INVALID_REQUEST.

import { incrementalAlterConfigs } from '../../../protocol/messages/incremental-alter-configs.ts'
import { handler } from '../handler.ts'

export default handler(
  incrementalAlterConfigs,
  ({ services }, request) => services.metadata.incrementalAlterConfigs(request),
  {
    failure: (request, errorCode) => ({
      responses: request.resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, errorCode })),
    }),
  },
)

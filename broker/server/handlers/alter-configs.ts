// AlterConfigs: v0-2. Replaces all overrides of a resource; deprecated since KIP-339.
// Not done: log levels of brokers (BROKER_LOGGER), which are refused with INVALID_REQUEST (so does Kafka here).

import { alterConfigs } from '../../../protocol/messages/alter-configs.ts'
import { handler } from '../handler.ts'

export default handler(alterConfigs, ({ services }, request) => services.metadata.alterConfigs(request), {
  failure: (request, errorCode) => ({
    responses: request.resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, errorCode })),
  }),
})

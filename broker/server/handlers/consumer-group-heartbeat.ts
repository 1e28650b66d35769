// ConsumerGroupHeartbeat: v0-1. A member of a consumer group (KIP-848) joins, goes on, changes what it wants, or leaves.
// v1: regular expressions, and members choose their ids themselves.

import { consumerGroupHeartbeat } from '../../../protocol/messages/consumer-group-heartbeat.ts'
import { handler } from '../handler.ts'

export default handler(
  consumerGroupHeartbeat,
  (context, request) => context.services.groups.consumerGroupHeartbeat(context, request),
  { parks: true, failure: (_request, errorCode) => ({ errorCode }) },
)

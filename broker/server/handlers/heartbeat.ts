// Heartbeat: v0-4. A member of a classic group is alive, and learns whether it must rejoin. v3: static members.

import { heartbeat } from '../../../protocol/messages/heartbeat.ts'
import { handler } from '../handler.ts'

export default handler(heartbeat, (context, request) => context.services.groups.heartbeat(context, request), {
  parks: true,
  failure: (_request, errorCode) => ({ errorCode }),
})

// SyncGroup: v0-5. The leader brings the assignments, each member takes its own; answered when they are committed.
// v3: static members. v5: protocol type and name, which must be there and must be the group's.

import { errors } from '../../../protocol/errors.ts'
import { syncGroup } from '../../../protocol/messages/sync-group.ts'
import { handler } from '../handler.ts'

export default handler(
  syncGroup,
  (context, request) => {
    const saysProtocol = request.protocolType !== null && request.protocolName !== null
    if (context.apiVersion >= 5 && !saysProtocol) return { errorCode: errors.INCONSISTENT_GROUP_PROTOCOL.code }
    return context.services.groups.syncGroup(context, request)
  },
  { parks: true, failure: (_request, errorCode) => ({ errorCode }) },
)

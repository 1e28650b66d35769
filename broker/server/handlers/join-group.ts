// JoinGroup: v0-9. A member enters a classic group, or comes back; answered when all have joined.
// v0: no rebalance timeout. v4: a new member must come back with the id it is given. v5: static members. v7: protocol type, and
// the protocol name may be null. v8: reason. v9: skipAssignment.

import { joinGroup } from '../../../protocol/messages/join-group.ts'
import { handler } from '../handler.ts'

export default handler(
  joinGroup,
  async (context, request) => {
    const response = await context.services.groups.joinGroup(context, request)
    // "No protocol" is an empty string where it cannot be null.
    return { ...response, protocolName: response.protocolName || (context.apiVersion < 7 ? '' : null) }
  },
  {
    parks: true,
    failure: (_request, errorCode, { apiVersion }) => ({ errorCode, protocolName: apiVersion < 7 ? '' : null }),
  },
)

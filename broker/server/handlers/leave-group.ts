// LeaveGroup: v0-5. Members of a classic group go. v3: several at once, each with an answer of its own, also by instance id.

import { leaveGroup } from '../../../protocol/messages/leave-group.ts'
import { handler } from '../handler.ts'

export default handler(
  leaveGroup,
  async (context, request) => {
    const { groups } = context.services
    if (context.apiVersion >= 3) return groups.leaveGroup(context, request)
    const { groupId, memberId } = request
    const member = { memberId, groupInstanceId: null, reason: null }
    const { errorCode, members } = await groups.leaveGroup(context, { groupId, members: [member] })
    return { errorCode: errorCode || members?.[0]?.errorCode }
  },
  { parks: true, failure: (_request, errorCode) => ({ errorCode }) },
)

// DescribeGroups: v0-6. Classic groups with their members. v3: authorized operations. v4: static members.
// v6: a group that is not there is GROUP_ID_NOT_FOUND with a message; before it is a group in state Dead.

import { errors } from '../../../protocol/errors.ts'
import { describeGroups } from '../../../protocol/messages/describe-groups.ts'
import { allGroupOperations, operationsNotAsked } from '../authorized-operations.ts'
import { handler } from '../handler.ts'

export default handler(
  describeGroups,
  (context, request) => {
    const groups = context.services.groups.describeGroups(context, request.groups).map(group => {
      const isTold = request.includeAuthorizedOperations && group.errorCode === errors.NONE.code
      return { ...group, authorizedOperations: isTold ? allGroupOperations : operationsNotAsked }
    })
    return { groups }
  },
  { failure: ({ groups }, errorCode) => ({ groups: groups.map(groupId => ({ groupId, errorCode })) }) },
)

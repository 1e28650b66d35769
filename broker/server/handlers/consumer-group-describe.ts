// ConsumerGroupDescribe: v0-1. Consumer groups with their members, what these have and what they are to have; as of the last
// commit. v1: which protocol a member speaks.

import { errors } from '../../../protocol/errors.ts'
import { consumerGroupDescribe } from '../../../protocol/messages/consumer-group-describe.ts'
import { allGroupOperations, operationsNotAsked } from '../authorized-operations.ts'
import { handler } from '../handler.ts'

export default handler(
  consumerGroupDescribe,
  (context, request) => {
    const groups = context.services.groups.consumerGroupDescribe(context, request.groupIds).map(group => {
      const isTold = request.includeAuthorizedOperations && group.errorCode === errors.NONE.code
      return { ...group, authorizedOperations: isTold ? allGroupOperations : operationsNotAsked }
    })
    return { groups }
  },
  { failure: ({ groupIds }, errorCode) => ({ groups: groupIds.map(groupId => ({ groupId, errorCode })) }) },
)

// AlterPartitionReassignments: v0-1. With one broker there is nowhere to move to: assignments are checked, those that change
// nothing are accepted. v1: whether the number of replicas may change.

import { alterPartitionReassignments } from '../../../protocol/messages/alter-partition-reassignments.ts'
import { handler } from '../handler.ts'

export default handler(
  alterPartitionReassignments,
  ({ services, apiVersion }, request) => services.metadata.alterPartitionReassignments(request, apiVersion),
  { failure: (_, errorCode) => ({ errorCode, errorMessage: null, responses: [] }) },
)

// ListPartitionReassignments: v0. Partitions whose replicas are on their way; topics that do not exist are left out, as in Kafka.

import { listPartitionReassignments } from '../../../protocol/messages/list-partition-reassignments.ts'
import { listPartitionReassignments as list } from '../../metadata/controller/partition-reassignments.ts'
import { handler } from '../handler.ts'

export default handler(listPartitionReassignments, ({ services }, request) => list(services.metadata.image, request), {
  failure: (_, errorCode) => ({ errorCode, errorMessage: null, topics: [] }),
})

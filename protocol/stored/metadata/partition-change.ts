// PartitionChangeRecord: a record of __cluster_metadata-0.

import { array, int8, int32, nullable, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const partitionChangeRecord = message({
  key: 5,
  name: 'PartitionChangeRecord',
  versions: [0, 2],
  flexible: 0,
  fields: {
    partitionId: int32.default(-1),
    topicId: uuid,
    isr: nullable(array(int32)).tag(0).default(null),
    leader: int32.tag(1).default(-2),
    replicas: nullable(array(int32)).tag(2).default(null),
    removingReplicas: nullable(array(int32)).tag(3).default(null),
    addingReplicas: nullable(array(int32)).tag(4).default(null),
    leaderRecoveryState: int8.tag(5).default(-1),
    directories: nullable(array(uuid), 1).since(1).tag(8).default(null),
    eligibleLeaderReplicas: nullable(array(int32), 2).since(2).tag(6).default(null),
    lastKnownElr: nullable(array(int32), 2).since(2).tag(7).default(null),
  },
})

// PartitionRecord: a record of __cluster_metadata-0.

import { array, int8, int32, nullable, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const partitionRecord = message({
  key: 3,
  name: 'PartitionRecord',
  versions: [0, 2],
  flexible: 0,
  fields: {
    partitionId: int32.default(-1),
    topicId: uuid,
    replicas: array(int32),
    isr: array(int32),
    removingReplicas: array(int32),
    addingReplicas: array(int32),
    leader: int32.default(-1),
    leaderRecoveryState: int8.tag(0),
    leaderEpoch: int32.default(-1),
    partitionEpoch: int32.default(-1),
    directories: array(uuid).since(1),
    eligibleLeaderReplicas: nullable(array(int32), 2).since(2).tag(1).default(null),
    lastKnownElr: nullable(array(int32), 2).since(2).tag(2).default(null),
  },
})

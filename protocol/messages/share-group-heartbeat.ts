// ShareGroupHeartbeat: API key 76, versions 1 to 1.

import { array, int16, int32, nullable, string, struct, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

const topicPartitions = { topicId: uuid, partitions: array(int32) }

export const shareGroupHeartbeat = api({
  key: 76,
  name: 'ShareGroupHeartbeat',
  versions: [1, 1],
  flexible: 0,
  request: {
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    rackId: nullable(string).default(null),
    subscribedTopicNames: nullable(array(string)).default(null),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string).default(null),
    memberId: nullable(string).default(null),
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    assignment: nullable(struct({ topicPartitions: array(topicPartitions) })).default(null),
  },
})

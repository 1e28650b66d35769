// ConsumerGroupHeartbeat: API key 68, versions 0 to 1.

import { array, int16, int32, nullable, string, struct, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

const topicPartitions = { topicId: uuid, partitions: array(int32) }

export const consumerGroupHeartbeat = api({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: [0, 1],
  flexible: 0,
  request: {
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    instanceId: nullable(string).default(null),
    rackId: nullable(string).default(null),
    rebalanceTimeoutMs: int32.default(-1),
    subscribedTopicNames: nullable(array(string)).default(null),
    subscribedTopicRegex: nullable(string, 1).since(1).default(null),
    serverAssignor: nullable(string).default(null),
    topicPartitions: nullable(array({ topicId: uuid, partitions: array(int32) })).default(null),
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

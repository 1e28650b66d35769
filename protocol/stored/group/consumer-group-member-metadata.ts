// ConsumerGroupMemberMetadataKey and ConsumerGroupMemberMetadataValue: a record of __consumer_offsets.

import { array, bytes, int32, nullable, string, struct } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const consumerGroupMemberMetadataKey = message({
  key: 5,
  name: 'ConsumerGroupMemberMetadataKey',
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

export const consumerGroupMemberMetadataValue = message({
  key: 5,
  name: 'ConsumerGroupMemberMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    instanceId: nullable(string),
    rackId: nullable(string),
    clientId: string,
    clientHost: string,
    subscribedTopicNames: array(string),
    subscribedTopicRegex: nullable(string),
    rebalanceTimeoutMs: int32.default(-1),
    serverAssignor: nullable(string),
    classicMemberMetadata: nullable(
      struct({ sessionTimeoutMs: int32, supportedProtocols: array({ name: string, metadata: bytes }) }),
    ).tag(0),
  },
})

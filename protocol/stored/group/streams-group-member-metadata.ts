// StreamsGroupMemberMetadataKey and StreamsGroupMemberMetadataValue: a record of __consumer_offsets.

import { array, int32, nullable, string, struct, uint16 } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const endpoint = { host: string, port: uint16 }

const keyValue = { key: string, value: string }

export const streamsGroupMemberMetadataKey = message({
  key: 19,
  name: 'StreamsGroupMemberMetadataKey',
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

export const streamsGroupMemberMetadataValue = message({
  key: 19,
  name: 'StreamsGroupMemberMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    instanceId: nullable(string),
    rackId: nullable(string),
    clientId: string,
    clientHost: string,
    rebalanceTimeoutMs: int32.default(-1),
    topologyEpoch: int32,
    processId: string,
    userEndpoint: nullable(struct(endpoint)).default(null),
    clientTags: array(keyValue),
  },
})

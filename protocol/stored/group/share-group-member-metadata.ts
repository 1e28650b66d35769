// ShareGroupMemberMetadataKey and ShareGroupMemberMetadataValue: a record of __consumer_offsets.

import { array, nullable, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const shareGroupMemberMetadataKey = message({
  key: 10,
  name: 'ShareGroupMemberMetadataKey',
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

export const shareGroupMemberMetadataValue = message({
  key: 10,
  name: 'ShareGroupMemberMetadataValue',
  versions: [0, 0],
  flexible: 0,
  fields: { rackId: nullable(string), clientId: string, clientHost: string, subscribedTopicNames: array(string) },
})

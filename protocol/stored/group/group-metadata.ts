// GroupMetadataKey and GroupMetadataValue: a record of __consumer_offsets.

import { array, bytes, int32, int64, nullable, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const memberMetadata = {
  memberId: string,
  groupInstanceId: nullable(string, 3).since(3).default(null).ignorable(),
  clientId: string,
  clientHost: string,
  rebalanceTimeout: int32.since(1).default(-1).ignorable(),
  sessionTimeout: int32,
  subscription: bytes,
  assignment: bytes,
}

export const groupMetadataKey = message({
  key: 2,
  name: 'GroupMetadataKey',
  versions: [0, 0],
  fields: { group: string.until(0) },
})

export const groupMetadataValue = message({
  key: 2,
  name: 'GroupMetadataValue',
  versions: [0, 4],
  flexible: 4,
  fields: {
    protocolType: string,
    generation: int32,
    protocol: nullable(string),
    leader: nullable(string),
    currentStateTimestamp: int64.since(2).default(-1).ignorable(),
    members: array(memberMetadata),
  },
})

// DelegationTokenRecord: a record of __cluster_metadata-0.

import { array, int64, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const delegationTokenRecord = message({
  key: 10,
  name: 'DelegationTokenRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    owner: string,
    requester: string,
    renewers: array(string),
    issueTimestamp: int64,
    maxTimestamp: int64,
    expirationTimestamp: int64,
    tokenId: string,
  },
})

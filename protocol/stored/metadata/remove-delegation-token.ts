// RemoveDelegationTokenRecord: a record of __cluster_metadata-0.

import { string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const removeDelegationTokenRecord = message({
  key: 26,
  name: 'RemoveDelegationTokenRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { tokenId: string },
})

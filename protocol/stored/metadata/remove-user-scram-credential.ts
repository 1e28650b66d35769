// RemoveUserScramCredentialRecord: a record of __cluster_metadata-0.

import { int8, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const removeUserScramCredentialRecord = message({
  key: 22,
  name: 'RemoveUserScramCredentialRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { name: string, mechanism: int8 },
})

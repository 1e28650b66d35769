// UserScramCredentialRecord: a record of __cluster_metadata-0.

import { bytes, int8, int32, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const userScramCredentialRecord = message({
  key: 11,
  name: 'UserScramCredentialRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { name: string, mechanism: int8, salt: bytes, storedKey: bytes, serverKey: bytes, iterations: int32 },
})

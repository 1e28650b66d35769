// RemoveAccessControlEntryRecord: a record of __cluster_metadata-0.

import { uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const removeAccessControlEntryRecord = message({
  key: 19,
  name: 'RemoveAccessControlEntryRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { id: uuid },
})

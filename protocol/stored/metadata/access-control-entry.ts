// AccessControlEntryRecord: a record of __cluster_metadata-0.

import { int8, string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const accessControlEntryRecord = message({
  key: 18,
  name: 'AccessControlEntryRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    id: uuid,
    resourceType: int8,
    resourceName: string,
    patternType: int8,
    principal: string,
    host: string,
    operation: int8,
    permissionType: int8,
  },
})

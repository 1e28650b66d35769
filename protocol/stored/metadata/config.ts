// ConfigRecord: a record of __cluster_metadata-0.

import { int8, nullable, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const configRecord = message({
  key: 4,
  name: 'ConfigRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { resourceType: int8, resourceName: string, name: string, value: nullable(string) },
})

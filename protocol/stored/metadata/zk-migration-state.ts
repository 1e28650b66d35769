// ZkMigrationStateRecord: a record of __cluster_metadata-0.

import { int8 } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const zkMigrationStateRecord = message({
  key: 21,
  name: 'ZkMigrationStateRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { zkMigrationState: int8 },
})

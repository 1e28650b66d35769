// ClientQuotaRecord: a record of __cluster_metadata-0.

import { array, bool, float64, nullable, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const clientQuotaRecord = message({
  key: 14,
  name: 'ClientQuotaRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    entity: array({ entityType: string, entityName: nullable(string) }),
    key: string,
    value: float64,
    remove: bool,
  },
})

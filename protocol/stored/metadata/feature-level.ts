// FeatureLevelRecord: a record of __cluster_metadata-0.

import { int16, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const featureLevelRecord = message({
  key: 12,
  name: 'FeatureLevelRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { name: string, featureLevel: int16 },
})

// ClearElrRecord: a record of __cluster_metadata-0.

import { string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const clearElrRecord = message({
  key: 28,
  name: 'ClearElrRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { topicName: string },
})

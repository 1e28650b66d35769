// RemoveTopicRecord: a record of __cluster_metadata-0.

import { uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const removeTopicRecord = message({
  key: 9,
  name: 'RemoveTopicRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { topicId: uuid },
})

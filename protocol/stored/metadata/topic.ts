// TopicRecord: a record of __cluster_metadata-0.

import { string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const topicRecord = message({
  key: 2,
  name: 'TopicRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { name: string, topicId: uuid },
})

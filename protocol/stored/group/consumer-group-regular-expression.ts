// ConsumerGroupRegularExpressionKey and ConsumerGroupRegularExpressionValue: a record of __consumer_offsets.

import { array, int64, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const consumerGroupRegularExpressionKey = message({
  key: 16,
  name: 'ConsumerGroupRegularExpressionKey',
  versions: [0, 0],
  fields: { groupId: string.until(0), regularExpression: string.until(0) },
})

export const consumerGroupRegularExpressionValue = message({
  key: 16,
  name: 'ConsumerGroupRegularExpressionValue',
  versions: [0, 0],
  flexible: 0,
  fields: { topics: array(string), version: int64, timestamp: int64 },
})

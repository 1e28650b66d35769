// ConsumerProtocolSubscription.

import { array, bytes, int32, nullable, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const consumerProtocolSubscription = message({
  name: 'ConsumerProtocolSubscription',
  versions: [0, 3],
  fields: {
    topics: array(string),
    userData: nullable(bytes).default(null),
    ownedPartitions: array({ topic: string.since(1), partitions: array(int32).since(1) })
      .since(1)
      .ignorable(),
    generationId: int32.since(2).default(-1).ignorable(),
    rackId: nullable(string, 3).since(3).default(null).ignorable(),
  },
})

// ConsumerProtocolAssignment.

import { array, bytes, int32, nullable, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const consumerProtocolAssignment = message({
  name: 'ConsumerProtocolAssignment',
  versions: [0, 3],
  fields: {
    assignedPartitions: array({ topic: string, partitions: array(int32) }),
    userData: nullable(bytes).default(null),
  },
})

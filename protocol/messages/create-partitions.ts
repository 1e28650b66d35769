// CreatePartitions: API key 37, versions 0 to 3.

import { array, bool, int16, int32, nullable, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const createPartitions = api({
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexible: 2,
  request: {
    topics: array({ name: string, count: int32, assignments: nullable(array({ brokerIds: array(int32) })) }),
    timeoutMs: int32,
    validateOnly: bool,
  },
  response: {
    throttleTimeMs: int32,
    results: array({ name: string, errorCode: int16, errorMessage: nullable(string).default(null) }),
  },
})

// AlterReplicaLogDirs: API key 34, versions 1 to 2.

import { array, int16, int32, string } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const alterReplicaLogDirs = api({
  key: 34,
  name: 'AlterReplicaLogDirs',
  versions: [1, 2],
  flexible: 2,
  request: { dirs: array({ path: string, topics: array({ name: string, partitions: array(int32) }) }) },
  response: {
    throttleTimeMs: int32,
    results: array({ topicName: string, partitions: array({ partitionIndex: int32, errorCode: int16 }) }),
  },
})

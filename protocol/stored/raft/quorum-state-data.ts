// QuorumStateData: the file quorum-state.

import { array, int32, int64, nullable, string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const quorumStateData = message({
  name: 'QuorumStateData',
  versions: [0, 1],
  flexible: 0,
  fields: {
    clusterId: string.until(0),
    leaderId: int32.default(-1),
    leaderEpoch: int32.default(-1),
    votedId: int32.default(-1),
    votedDirectoryId: uuid.since(1),
    appliedOffset: int64.until(0),
    currentVoters: nullable(array({ voterId: int32.until(0) }), 0, 0).until(0),
  },
})

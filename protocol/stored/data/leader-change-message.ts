// LeaderChangeMessage.

import { array, int16, int32, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const voter = { voterId: int32, voterDirectoryId: uuid.since(1) }

export const leaderChangeMessage = message({
  name: 'LeaderChangeMessage',
  versions: [0, 1],
  flexible: 0,
  fields: { version: int16, leaderId: int32, voters: array(voter), grantingVoters: array(voter) },
})

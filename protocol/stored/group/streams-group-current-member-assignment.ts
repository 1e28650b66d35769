// StreamsGroupCurrentMemberAssignmentKey and StreamsGroupCurrentMemberAssignmentValue: a record of __consumer_offsets.

import { array, int8, int32, nullable, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const taskIds = { subtopologyId: string, partitions: array(int32), assignmentEpochs: nullable(array(int32)).tag(0) }

export const streamsGroupCurrentMemberAssignmentKey = message({
  key: 22,
  name: 'StreamsGroupCurrentMemberAssignmentKey',
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

export const streamsGroupCurrentMemberAssignmentValue = message({
  key: 22,
  name: 'StreamsGroupCurrentMemberAssignmentValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    activeTasks: array(taskIds),
    standbyTasks: array(taskIds),
    warmupTasks: array(taskIds),
    activeTasksPendingRevocation: array(taskIds),
    standbyTasksPendingRevocation: array(taskIds),
    warmupTasksPendingRevocation: array(taskIds),
  },
})

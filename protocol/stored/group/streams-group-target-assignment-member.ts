// StreamsGroupTargetAssignmentMemberKey and StreamsGroupTargetAssignmentMemberValue: a record of __consumer_offsets.

import { array, int32, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const taskIds = { subtopologyId: string, partitions: array(int32) }

export const streamsGroupTargetAssignmentMemberKey = message({
  key: 21,
  name: 'StreamsGroupTargetAssignmentMemberKey',
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

export const streamsGroupTargetAssignmentMemberValue = message({
  key: 21,
  name: 'StreamsGroupTargetAssignmentMemberValue',
  versions: [0, 0],
  flexible: 0,
  fields: { activeTasks: array(taskIds), standbyTasks: array(taskIds), warmupTasks: array(taskIds) },
})

// ShareUpdateKey and ShareUpdateValue: a record of __share_group_state.

import { array, int8, int16, int32, int64, string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const shareUpdateKey = message({
  key: 1,
  name: 'ShareUpdateKey',
  versions: [0, 0],
  fields: { groupId: string.until(0), topicId: uuid.until(0), partition: int32.until(0) },
})

export const shareUpdateValue = message({
  key: 1,
  name: 'ShareUpdateValue',
  versions: [0, 0],
  flexible: 0,
  fields: {
    snapshotEpoch: int32,
    leaderEpoch: int32,
    startOffset: int64,
    deliveryCompleteCount: int32.tag(0).default(-1),
    stateBatches: array({ firstOffset: int64, lastOffset: int64, deliveryState: int8, deliveryCount: int16 }),
  },
})

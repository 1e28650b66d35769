// ProducerSnapshot: a file or record of the log layer.

import { array, int16, int32, int64, uint32 } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const producerSnapshot = message({
  name: 'ProducerSnapshot',
  versions: [1, 1],
  fields: {
    crc: uint32.since(1).until(1),
    producerEntries: array({
      producerId: int64.since(1).until(1),
      epoch: int16.since(1).until(1),
      lastSequence: int32.since(1).until(1),
      lastOffset: int64.since(1).until(1),
      offsetDelta: int32.since(1).until(1),
      timestamp: int64.since(1).until(1),
      coordinatorEpoch: int32.since(1).until(1),
      currentTxnFirstOffset: int64.since(1).until(1),
    })
      .since(1)
      .until(1),
  },
})

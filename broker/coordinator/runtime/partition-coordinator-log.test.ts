import { expect, test } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { coordinatorLog, type LedPartition } from './partition-coordinator-log.ts'

const logWith = (nextOffset: number): LedPartition['log'] => ({
  logStartOffset: nextOffset - 5,
  nextOffset,
  logEndOffset: nextOffset,
  readBytes: async offset => Buffer.from(`${offset} of ${nextOffset}`),
  config: { maxMessageBytes: nextOffset * 100 },
})

test('follows a partition to the log that it has after a move to another log directory', async () => {
  let current = logWith(10)
  const log = coordinatorLog({
    isLeader: true,
    highWatermark: 9,
    append: () => ({ ok: false, error: errors.NOT_LEADER_OR_FOLLOWER }),
    whenCommitted: () => {},
    get log() {
      return current
    },
  })
  expect([log.logStartOffset, log.nextOffset, log.batchBytesMax]).toEqual([5, 10, 1000])
  current = logWith(20)
  expect([log.logStartOffset, log.nextOffset, log.batchBytesMax]).toEqual([15, 20, 2000])
  expect((await log.readBytes(17, 100)).toString()).toBe('17 of 20')
})

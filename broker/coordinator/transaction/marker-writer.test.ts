import { expect, test } from 'vitest'
import { ManualClock } from '../../../io/sim/clock.ts'
import { errorName, errors, type ProtocolError } from '../../../protocol/errors.ts'
import { isControlBatch, isTransactional, producerEpochOf } from '../../../protocol/records/batch-header.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { MemoryPartition } from '../testing/memory-partition.ts'
import { MarkerWriter } from './marker-writer.ts'

const end = { producerId: 7, producerEpoch: 3, coordinatorEpoch: 1, committed: true, transactionVersion: 2 }

function setUp(groupError: ProtocolError = errors.NONE) {
  const clock = new ManualClock()
  const log = new MemoryLog()
  const partition = new MemoryPartition(log)
  const asked: string[] = []
  const writer = new MarkerWriter({
    clock,
    timeoutMs: 5000,
    partitions: { get: (topic, index) => (topic === 'gone' ? undefined : index === 0 ? partition : undefined) },
    groups: {
      endTransaction: async (index, { producerId, committed }) => {
        asked.push(`${index} ${producerId} ${committed}`)
        return groupError
      },
    },
  })
  const write = (topic: string, index = 0) => writer.write({ topic, partition: index }, end)
  return { clock, log, partition, asked, write }
}

test('a marker is answered when it is committed', async () => {
  const { log, write } = setUp()
  const written = write('t')
  const [marker] = log.batches
  expect([isControlBatch(marker!), isTransactional(marker!), producerEpochOf(marker!)]).toEqual([true, true, 3])
  log.commit()
  expect(await written).toBe(errors.NONE)
})

test('or when that takes too long, or cannot be', async () => {
  const { clock, log, partition, write } = setUp()
  const late = write('t')
  clock.advance(5000)
  expect(await late).toBe(errors.REQUEST_TIMED_OUT)
  log.refusal = errors.TRANSACTION_COORDINATOR_FENCED
  expect(await write('t')).toBe(errors.TRANSACTION_COORDINATOR_FENCED)
  partition.isLeader = false
  expect(await write('t')).toBe(errors.NOT_LEADER_OR_FOLLOWER)
  expect(await write('t', 1)).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION)
})

test('the partitions of __consumer_offsets are the group coordinator to end, whose errors are told as those of a partition', async () => {
  const { asked, log, write } = setUp()
  expect(await write('__consumer_offsets')).toBe(errors.NONE)
  expect([asked, log.batches]).toEqual([['0 7 true'], []])
  const told = []
  for (const error of [errors.COORDINATOR_LOAD_IN_PROGRESS, errors.NOT_COORDINATOR, errors.INVALID_PRODUCER_EPOCH]) {
    told.push(errorName((await setUp(error).write('__consumer_offsets')).code))
  }
  expect(told).toEqual(['NOT_LEADER_OR_FOLLOWER', 'NOT_LEADER_OR_FOLLOWER', 'INVALID_PRODUCER_EPOCH'])
})

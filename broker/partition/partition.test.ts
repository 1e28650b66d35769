import { describe, expect, test } from 'vitest'
import { errorName, errors } from '../../protocol/errors.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { benchTopicId, LogBench, logConfig } from '../../testing/log-bench.ts'
import type { PartitionImage } from '../metadata/metadata-image.ts'
import { Partition } from './partition.ts'

const image = (changes: Partial<PartitionImage> = {}): PartitionImage => ({
  index: 0,
  replicas: [1],
  directories: [],
  isr: [1],
  removingReplicas: [],
  addingReplicas: [],
  eligibleLeaderReplicas: [],
  lastKnownElr: [],
  leader: 1,
  leaderRecoveryState: 0,
  leaderEpoch: 0,
  partitionEpoch: 0,
  ...changes,
})

const batch = (text: string) => buildBatch([{ key: null, value: Buffer.from(text), headers: [], timestamp: 1 }])
const request = { acks: -1, origin: 'client' } as const

async function opened(settings: Record<string, string | number> = {}) {
  const bench = new LogBench()
  const log = await bench.open(logConfig(settings))
  const partition = new Partition({ topic: 'orders', index: 0, topicId: benchTopicId, log, brokerId: 1 })
  const told: string[] = []
  const tell = (name: string) => (error: { code: number }) => told.push(`${name} ${errorName(error.code)}`)
  return { bench, log, partition, told, tell }
}

describe('an append', () => {
  test('is told when it is written and when it is committed, and wakes the watchers', async () => {
    const { bench, partition, told, tell } = await opened()
    partition.apply(image())
    const marks: number[] = []
    const cancel = partition.onHighWatermark(highWatermark => marks.push(highWatermark))
    expect(partition.append(batch('a'), request)).toMatchObject({ ok: true, baseOffset: 0, lastOffset: 0 })
    partition.whenWritten(0, tell('written'))
    partition.whenCommitted(0, tell('committed'))
    expect([told, partition.highWatermark]).toEqual([[], 0])
    await bench.settle()
    expect(told).toEqual(['written NONE', 'committed NONE'])
    expect([marks, partition.highWatermark]).toEqual([[1], 1])
    partition.whenCommitted(0, tell('late'))
    expect(told).toContain('late NONE')
    cancel()
    partition.append(batch('b'), request)
    await bench.settle()
    expect(marks).toEqual([1])
  })

  test('is refused where this broker does not lead', async () => {
    const { partition } = await opened()
    expect(partition.append(batch('a'), request)).toMatchObject({ ok: false, error: errors.NOT_LEADER_OR_FOLLOWER })
    partition.apply(image({ leader: 2, replicas: [1, 2], isr: [1, 2] }))
    expect(partition.append(batch('a'), request)).toMatchObject({ ok: false, error: errors.NOT_LEADER_OR_FOLLOWER })
  })

  test('with acks=all needs min.insync.replicas, counted up to the number of replicas; acks=1 does not', async () => {
    const { partition } = await opened({ 'min.insync.replicas': 2 })
    partition.apply(image())
    expect(partition.append(batch('a'), request).ok).toBe(true)
    partition.apply(image({ replicas: [1, 2], isr: [1], leaderEpoch: 1 }))
    expect(partition.append(batch('b'), request)).toMatchObject({ ok: false, error: errors.NOT_ENOUGH_REPLICAS })
    expect(partition.append(batch('b'), { ...request, acks: 1 }).ok).toBe(true)
  })

  test('that is written when too few are in sync is told so', async () => {
    const { bench, partition, told, tell } = await opened({ 'min.insync.replicas': 2 })
    partition.apply(image({ replicas: [1, 2], isr: [1, 2] }))
    const appended = partition.append(batch('a'), request)
    expect(appended.ok).toBe(true)
    partition.whenCommitted(0, tell('committed'))
    await bench.settle()
    // The other one is in sync and has not said that it has the record.
    expect([told, partition.highWatermark]).toEqual([[], 0])
    partition.apply(image({ replicas: [1, 2], isr: [1], partitionEpoch: 1 }))
    expect(told).toEqual(['committed NOT_ENOUGH_REPLICAS_AFTER_APPEND'])
    expect(partition.highWatermark).toBe(1)
  })
})

describe('leadership', () => {
  test('lost: whoever waits is told, and finds nobody here', async () => {
    const { partition, told, tell } = await opened()
    partition.apply(image({ replicas: [1, 2], isr: [1, 2] }))
    partition.append(batch('a'), request)
    partition.whenCommitted(0, tell('committed'))
    let woken = 0
    partition.onHighWatermark(() => woken++)
    partition.apply(image({ leader: 2, leaderEpoch: 1, replicas: [1, 2], isr: [1, 2] }))
    expect(told).toEqual(['committed NOT_LEADER_OR_FOLLOWER'])
    expect(woken).toBe(1)
    partition.whenCommitted(0, tell('later'))
    expect(told).toContain('later NOT_LEADER_OR_FOLLOWER')
  })

  test('epochs: what a client knows is older, newer, the same, or nothing', async () => {
    const { partition, log } = await opened()
    partition.apply(image({ leaderEpoch: 5 }))
    const names = [-1, 5, 4, 6].map(epoch => errorName(partition.checkLeaderEpoch(epoch).code))
    expect(names).toEqual(['NONE', 'NONE', 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH'])
    // An epoch without records ends where the next one begins.
    partition.apply(image({ leaderEpoch: 6 }))
    expect(log.endOffsetForEpoch(5, log.logEndOffset)).toEqual({ leaderEpoch: 5, endOffset: 0 })
  })

  test('closed: everybody is told why, appends and waits are refused', async () => {
    const { partition, told, tell } = await opened()
    partition.apply(image())
    partition.append(batch('a'), request)
    partition.whenWritten(0, tell('written'))
    partition.close(errors.UNKNOWN_TOPIC_OR_PARTITION)
    partition.close(errors.KAFKA_STORAGE_ERROR)
    expect(told).toEqual(['written UNKNOWN_TOPIC_OR_PARTITION'])
    expect(partition.isLeader).toBe(false)
    expect(partition.append(batch('a'), request)).toMatchObject({ error: errors.UNKNOWN_TOPIC_OR_PARTITION })
  })
})

test('a disk that fails is KAFKA_STORAGE_ERROR for all that is not written', async () => {
  const { bench, partition, told, tell } = await opened()
  partition.apply(image())
  bench.sim.fail({ operation: 'write' })
  partition.append(batch('a'), request)
  partition.whenCommitted(0, tell('committed'))
  await bench.settle()
  expect(told).toEqual(['committed KAFKA_STORAGE_ERROR'])
  expect(partition.append(batch('b'), request)).toMatchObject({ ok: false, error: errors.KAFKA_STORAGE_ERROR })
})

test('deleting records: up to the high watermark, not of a topic that is only compacted', async () => {
  const { bench, partition } = await opened()
  const before = (offset: number) => bench.done(partition.deleteRecordsBefore(offset))
  partition.apply(image())
  for (const text of ['a', 'b', 'c']) partition.append(batch(text), request)
  await bench.settle()
  expect(await before(2)).toEqual({ lowWatermark: 2 })
  expect(await before(1)).toEqual({ lowWatermark: 2 })
  expect(await before(4)).toEqual({ error: errors.OFFSET_OUT_OF_RANGE })
  expect(await before(-2)).toEqual({ error: errors.OFFSET_OUT_OF_RANGE })
  expect(await before(-1)).toEqual({ lowWatermark: 3 })
  const compacted = await opened({ 'cleanup.policy': 'compact' })
  compacted.partition.apply(image())
  expect(await compacted.partition.deleteRecordsBefore(0)).toEqual({ error: errors.POLICY_VIOLATION })
})

test('the log is replaced: who waits for an offset waits on, and only the new log is heard', async () => {
  const { bench, partition, told, tell } = await opened()
  partition.apply(image())
  partition.append(batch('a'), request)
  await bench.settle()
  const other = new LogBench()
  const moved = await other.open(logConfig())
  await other.append(moved, batch('a'))
  const marks: number[] = []
  partition.onHighWatermark(highWatermark => marks.push(highWatermark))
  partition.whenCommitted(1, tell('second'))
  const old = partition.log
  partition.replaceLog(moved)
  old.append(batch('b'), { leaderEpoch: 0, origin: 'client' })
  await bench.settle()
  expect([told, partition.log === moved, marks.at(-1)]).toEqual([[], true, 1])
  expect(partition.append(batch('b'), request)).toMatchObject({ ok: true, baseOffset: 1 })
  await other.settle()
  expect([told, marks.at(-1)]).toEqual([['second NONE'], 2])
})

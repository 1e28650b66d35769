import { expect, test } from 'vitest'
import { baseSequenceOf, producerEpochOf } from '../../protocol/records/batch-header.ts'
import { checkBatch } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'
import { BatchMemory } from './batch-memory.ts'
import { PartitionQueue } from './partition-queue.ts'
import { ProducerBatch } from './producer-batch.ts'

const none = { type: 'none', level: undefined } as const
const zstd = { type: 'zstd', level: undefined } as const

function batchOf(values: readonly string[], memory = new BatchMemory(10_000)) {
  const batch = new ProducerBatch(new PartitionQueue('orders', 0), memory.take(1000)!, memory)
  for (const value of values) batch.writer.tryAppend(null, value, 5)
  return { batch, memory }
}

const valuesOf = (batch: ProducerBatch) => [...records(batch.stamp(false))].map(({ value }) => `${value}`)

test.each([none, zstd])('a batch says what it holds, and its numbers of now: %o', compression => {
  const { batch } = batchOf(['a', 'b'])
  batch.close(compression)
  for (const [producerEpoch, baseSequence] of [
    [0, 7],
    [1, 0],
  ] as const) {
    // biome-ignore format: a table
    batch.identity = { producerId: 9, producerEpoch }
    batch.baseSequence = baseSequence
    const bytes = batch.stamp(false)
    checkBatch(bytes)
    expect([producerEpochOf(bytes), baseSequenceOf(bytes)]).toEqual([producerEpoch, baseSequence])
  }
  expect(valuesOf(batch)).toEqual(['a', 'b'])
})

test.each([none, zstd])('halves hold all records, in the place of the whole: %o', compression => {
  const { batch, memory } = batchOf(['a', 'b', 'c', 'd', 'e'])
  batch.close(compression)
  const before = batch.rank
  const next = new ProducerBatch(batch.queue, memory.take(1000)!, memory)
  const [first, second] = batch.split(compression)
  const [third, fourth] = second.split(compression)
  expect([first, third, fourth].map(valuesOf)).toEqual([['a', 'b'], ['c'], ['d', 'e']])
  const ranks = [first.rank, third.rank, fourth.rank, next.rank]
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
  expect([first.rank, new Set(ranks).size]).toEqual([before, 4])
})

test.each([none, zstd])('its memory is free when it is done: %o', compression => {
  const { batch, memory } = batchOf(['a'])
  batch.close(compression)
  batch.release()
  expect([memory.usedBytes, memory.freeBytes]).toEqual([0, 1000])
})

test('memory that a request may still be sending does not serve another batch', () => {
  const { batch, memory } = batchOf(['a'])
  batch.close(none)
  batch.isUnderWay = true
  batch.release()
  expect([memory.usedBytes, memory.freeBytes]).toEqual([0, 0])
})

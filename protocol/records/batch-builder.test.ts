import { describe, expect, test } from 'vitest'
import { goldenBatches } from '../../testing/golden/record-vectors.ts'
import { EncodeError } from '../wire/encode-error.ts'
import { BatchBuilder, buildBatch, emptyBatch } from './batch-builder.ts'
import {
  baseOffsetOf,
  batchSizeOf,
  computedCrcOf,
  decrementSequence,
  incrementSequence,
  isControlBatch,
  isTransactional,
  lastOffsetOf,
  lastSequenceOf,
  partitionLeaderEpochOf,
  readBatchHeader,
  setBaseOffset,
  setPartitionLeaderEpoch,
} from './batch-header.ts'
import { batches, checkBatch, nextBatchSize, wholeBatchSize } from './batches.ts'
import { records } from './records.ts'

describe('the builder', () => {
  test('counts as it goes, and the count is right', () => {
    const builder = new BatchBuilder({}, 1)
    expect([builder.count, builder.sizeInBytes]).toEqual([0, 61])
    for (let i = 0; i < 1000; i += 1) builder.append({ timestamp: i, value: Buffer.alloc(i) })
    const { count, sizeInBytes } = builder
    const batch = builder.build()
    expect([count, sizeInBytes]).toEqual([1000, batch.length])
    expect([...records(batch)].map(record => record.value!.length)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
  })

  test('takes timestamps far apart, without rounding', () => {
    const timestamps = [5, -1, 2n ** 63n - 1n, -(2n ** 63n), 2 ** 53 - 1, 0]
    const batch = buildBatch(timestamps.map(timestamp => ({ timestamp })))
    expect([...records(batch)].map(record => record.timestamp)).toEqual(timestamps)
    expect(readBatchHeader(batch).maxTimestamp).toBe(2n ** 63n - 1n)
  })

  test('refuses offsets that do not rise, and batches without records', () => {
    const builder = new BatchBuilder({ baseOffset: 10 })
    expect(() => builder.append({ offset: 9 })).toThrow(EncodeError)
    builder.append({ offset: 12 })
    expect(() => builder.append({ offset: 12 })).toThrow(EncodeError)
    expect(() => builder.append({ offset: 12 + 2 ** 31 })).toThrow(EncodeError)
    builder.append({})
    expect([...records(builder.build())].map(record => record.offset)).toEqual([12, 13])
    expect(() => new BatchBuilder().build()).toThrow(EncodeError)
  })

  test('an empty batch keeps what the producer state needs', () => {
    const kept = { baseOffset: 5, lastOffset: 9, maxTimestamp: 44, producerId: 7, producerEpoch: 1, baseSequence: 3 }
    const batch = emptyBatch(kept)
    checkBatch(batch)
    expect(readBatchHeader(batch)).toMatchObject({ ...kept, count: 0, lastSequence: 7, baseTimestamp: -1 })
    expect([...records(batch)]).toEqual([])
  })
})

describe('a header in place', () => {
  const one = buildBatch([{ value: Buffer.from('first') }])
  const two = buildBatch([{}, {}, {}], { control: true, transactional: true, producerId: 4, baseSequence: 2 ** 31 - 2 })
  const both = Buffer.concat([one, two])

  test('is read and stamped at its position', () => {
    const position = one.length
    setBaseOffset(both, position, 2 ** 40)
    setPartitionLeaderEpoch(both, position, 6)
    expect([baseOffsetOf(both, position), lastOffsetOf(both, position)]).toEqual([2 ** 40, 2 ** 40 + 2])
    expect(partitionLeaderEpochOf(both, position)).toBe(6)
    expect([isControlBatch(both, position), isTransactional(both, position)]).toEqual([true, true])
    expect([isControlBatch(both), isTransactional(both)]).toEqual([false, false])
    expect(batchSizeOf(both, position)).toBe(two.length)
    expect(computedCrcOf(both, position)).toBe(computedCrcOf(two))
    expect(lastSequenceOf(both, position)).toBe(0)
    checkBatch(both, position)
    expect(one).toEqual(both.subarray(0, one.length))
  })

  test('sequences go round as in Java', () => {
    expect(incrementSequence(2 ** 31 - 1, 1)).toBe(0)
    expect(incrementSequence(2 ** 31 - 1, 5)).toBe(4)
    expect(incrementSequence(5, 0)).toBe(5)
    expect(decrementSequence(0, 1)).toBe(2 ** 31 - 1)
    expect(decrementSequence(3, 5)).toBe(2 ** 31 - 2)
    expect(decrementSequence(3, 3)).toBe(0)
  })
})

describe('splitting', () => {
  const { hex } = goldenBatches().find(({ id }) => id === 'multi')!
  const bytes = Buffer.from(hex, 'hex')

  test('waits for the bytes that are missing, wherever the cut is', () => {
    const sizes = [...batches(bytes)].map(batch => batch.length)
    for (let end = 0; end <= bytes.length; end += 1) {
      let sum = 0
      const whole = sizes.filter(size => (sum += size) <= end)
      expect([...batches(bytes, 0, end)].map(batch => batch.length)).toEqual(whole)
      const start = whole.reduce((total, size) => total + size, 0)
      expect(wholeBatchSize(bytes, start, end)).toBe(0)
      const size = nextBatchSize(bytes, start, end)
      expect(size).toBe(end - start < 17 ? 0 : sizes[whole.length])
    }
  })

  test('refuses a batch beyond the limit before its bytes are there', () => {
    const [size] = [...batches(bytes)].map(batch => batch.length)
    expect(nextBatchSize(bytes, 0, 17, size! - 12)).toBe(size)
    expect(() => nextBatchSize(bytes, 0, 17, size! - 13)).toThrow(/exceeds the limit/)
  })
})

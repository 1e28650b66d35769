import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../io/sim/random.ts'
import { StickyPartitioner } from './sticky-partitioner.ts'

function partitioner(queues: readonly number[], options: { isAdaptive?: boolean; down?: readonly number[] } = {}) {
  const { isAdaptive = true, down = [] } = options
  const loads = {
    count: queues.length,
    isAvailable: (partition: number) => !down.includes(partition),
    queueLength: (partition: number) => queues[partition]!,
  }
  return new StickyPartitioner({ stickyBytes: 100, isAdaptive }, loads, seededRandom(1))
}

/** How often each partition is chosen, in so many choices. */
function choices(sticky: StickyPartitioner, count: number, partitions: number): number[] {
  const chosen = new Array<number>(partitions).fill(0)
  for (let i = 0; i < count; i++) {
    chosen[sticky.partition]! += 1
    sticky.onAppended(200)
  }
  return chosen
}

describe('the sticky partition', () => {
  test('stays until a batch of bytes has gone there and the batch is full', () => {
    const sticky = partitioner(new Array(1000).fill(0))
    const first = sticky.partition
    sticky.onAppended(99)
    sticky.onBatchFull()
    expect(sticky.partition).toBe(first)
    sticky.onAppended(1)
    expect(sticky.partition).toBe(first)
    sticky.onBatchFull()
    expect(sticky.partition).not.toBe(first)
  })

  test('is left at twice the bytes, full or not', () => {
    const sticky = partitioner(new Array(1000).fill(0))
    const first = sticky.partition
    sticky.onAppended(199)
    expect(sticky.partition).toBe(first)
    sticky.onAppended(1)
    expect(sticky.partition).not.toBe(first)
  })

  test('is chosen less often the longer its queue: KIP-794 gives 4, 1, 3 of 8 for queues of 0, 3, 1', () => {
    const chosen = choices(partitioner([0, 3, 1]), 8000, 3)
    expect(chosen.map(count => Math.round(count / 1000))).toEqual([4, 1, 3])
  })

  test('is chosen evenly when that is not wanted', () => {
    const chosen = choices(partitioner([0, 30, 10], { isAdaptive: false }), 9000, 3)
    expect(chosen.map(count => Math.round(count / 1000))).toEqual([3, 3, 3])
  })

  test('is one that can be sent to, unless none can', () => {
    expect(choices(partitioner([0, 0, 0], { down: [1] }), 1000, 3)[1]).toBe(0)
    const chosen = choices(partitioner([0, 0, 0], { down: [0, 1, 2] }), 3000, 3)
    expect(chosen.map(count => Math.round(count / 1000))).toEqual([1, 1, 1])
  })
})

import { expect, test } from 'vitest'
import { StableOffsetWaits } from './stable-offset-waits.ts'
import type { StoredBatch } from './stored-batch.ts'
import type { Violation } from './violation.ts'

const names = (violations: readonly Violation[]) => violations.map(({ name }) => name)
const atRest = { atRest: true }

function batch(firstOffset: number, step?: 'data' | 'marker', producerId = '7'): StoredBatch {
  const stored = { firstOffset, lastOffset: firstOffset, content: `${firstOffset}` }
  return step === undefined ? stored : { ...stored, transaction: { producerId, step } }
}

/** A transaction from 1 on that ends at 4. */
const log = [batch(0), batch(1, 'data'), batch(2), batch(3, 'data'), batch(4, 'marker'), batch(5)]

test('it waits where a transaction begins until its marker is committed', () => {
  const stable = new StableOffsetWaits('p')
  for (const [lastStable, high] of [[1, 1], [1, 4], [5, 5], [6, 6]] as const) // biome-ignore format: one thought
    expect(stable.see(lastStable, high)).toEqual([])
  expect(stable.checkLog(log, atRest)).toEqual([])
})

test('passing an open transaction, and one that has only just ended, is seen', () => {
  for (const high of [3, 4]) {
    const stable = new StableOffsetWaits('p')
    expect(stable.see(2, high)).toEqual([])
    expect(names(stable.checkLog(log, atRest))).toEqual(['openTransactionPassed'])
  }
  const stable = new StableOffsetWaits('p')
  stable.see(2, 5)
  expect(stable.checkLog(log, atRest)).toEqual([])
})

test('going back, and passing the high watermark, is seen', () => {
  const stable = new StableOffsetWaits('p')
  expect(stable.see(5, 6)).toEqual([])
  expect(names(stable.see(4, 6))).toEqual(['lastStableOffsetWentBack'])
  expect(names(stable.see(7, 6))).toEqual(['positionsOutOfOrder'])
})

test('a transaction that nobody ends is seen when all is at rest, of each producer', () => {
  const open = [batch(0, 'data', '7'), batch(1, 'data', '8'), batch(2, 'marker', '7')]
  const stable = new StableOffsetWaits('p')
  expect(stable.checkLog(open, { atRest: false })).toEqual([])
  expect(names(stable.checkLog(open, atRest))).toEqual(['transactionHangs'])
})

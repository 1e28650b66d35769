import { describe, expect, test } from 'vitest'
import { LeaderEpochCache } from './leader-epoch-cache.ts'

const entries = [
  { epoch: 2, startOffset: 10 },
  { epoch: 4, startOffset: 20 },
  { epoch: 7, startOffset: 50 },
]
const filled = () => new LeaderEpochCache(entries)

test('an epoch begins once; what contradicts it goes', () => {
  let changes = 0
  const cache = new LeaderEpochCache(entries, () => (changes += 1))
  cache.assign(7, 60)
  expect([cache.entries, changes]).toEqual([entries, 0])
  cache.assign(8, 60)
  expect([cache.latest, changes]).toEqual([{ epoch: 8, startOffset: 60 }, 1])
  cache.assign(9, 20)
  expect(cache.entries).toEqual([entries[0], { epoch: 9, startOffset: 20 }])
  cache.assign(3, 70)
  expect(cache.entries).toEqual([entries[0], { epoch: 3, startOffset: 70 }])
})

describe('where an epoch ends', () => {
  test.each([
    ['the latest: at the log end', 7, 7, 90],
    ['a known one: where the next begins', 4, 4, 50],
    ['between two: that of the one before', 5, 4, 50],
    ['before all: where the log begins', 1, 1, 10],
    ['after all: not known', 8, -1, -1],
    ['none: not known', -1, -1, -1],
  ])('%s', (_, asked, leaderEpoch, endOffset) => {
    expect(filled().endOffsetFor(asked, 90)).toEqual({ leaderEpoch, endOffset })
  })
})

test.each([
  [9, undefined],
  [10, 2],
  [19, 2],
  [20, 4],
  [99, 7],
])('offset %i is of epoch %s', (offset, epoch) => expect(filled().epochForOffset(offset)).toBe(epoch))

test('cut at the end: epochs that begin there go', () => {
  const cache = filled()
  cache.truncateFromEnd(50)
  expect(cache.entries).toEqual(entries.slice(0, 2))
  cache.truncateFromEnd(10)
  expect(cache.entries).toEqual([])
})

test('cut at the start: the epoch that holds the offset begins there', () => {
  const cache = filled()
  cache.truncateFromStart(5)
  expect(cache.entries).toEqual(entries)
  cache.truncateFromStart(30)
  expect(cache.entries).toEqual([{ epoch: 4, startOffset: 30 }, entries[2]])
  cache.truncateFromStart(100)
  expect(cache.entries).toEqual([{ epoch: 7, startOffset: 100 }])
})

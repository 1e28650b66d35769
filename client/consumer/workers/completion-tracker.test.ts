import { expect, test } from 'vitest'
import { CompletionTracker } from './completion-tracker.ts'

test('the bound never passes a record that is not done', () => {
  const tracker = new CompletionTracker()
  for (const offset of [5, 6, 9]) tracker.begin(offset)
  expect(tracker.done(6)).toBeUndefined()
  expect(tracker.done(5)).toBe(7)
  expect(tracker.pending).toBe(1)
  expect(tracker.done(9)).toBe(10)
})

test('what follows the last record without any counts with it, not before', () => {
  const tracker = new CompletionTracker()
  tracker.begin(5)
  expect(tracker.reach(8)).toBeUndefined()
  expect(tracker.done(5)).toBe(8)
  tracker.begin(9)
  expect(tracker.reach(10)).toBe(8)
  expect(tracker.done(9)).toBe(10)
  expect(tracker.reach(12)).toBe(12)
})

test('many records, done in any order, leave nothing behind', () => {
  const tracker = new CompletionTracker()
  const offsets = Array.from({ length: 5000 }, (_, offset) => offset)
  for (const offset of offsets) tracker.begin(offset)
  for (const offset of offsets.filter(each => each % 2 === 1)) tracker.done(offset)
  expect(tracker.bound).toBeUndefined()
  for (const offset of offsets.filter(each => each % 2 === 0)) {
    // All that are even up to here are done, and all that are odd.
    expect(tracker.done(offset)).toBe(offset + 2)
  }
  expect(tracker.pending).toBe(0)
})

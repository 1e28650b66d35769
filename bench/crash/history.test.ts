// The checker must see what it is there for: each violation, planted. The invariants have their own tests (broker/sim);
// here it is their being told everything.

import { expect, test } from 'vitest'
import { History } from './history.ts'

function history(): History {
  const made = new History()
  made.addProducer('a', { partition: 0, idempotent: true })
  made.addProducer('b', { partition: 0, idempotent: false })
  made.send(0, ['a/0', 'a/1', 'a/2', 'a/3', 'b/0', 'b/1'])
  expect(made.acknowledge(0, 0, ['a/0', 'a/1'])).toEqual([])
  expect(made.consume(0, [{ offset: 2, value: 'b/0' }])).toEqual([])
  return made
}
const records = (...values: string[]) => values.map((value, offset) => ({ offset, value }))
const names = (violations: { name: string }[]) => violations.map(violation => violation.name)

test('what was promised and more is no violation', () => {
  expect(history().checkRecords(0, records('a/0', 'a/1', 'b/0', 'a/2', 'b/1'))).toEqual([])
  expect(history().acknowledgedCount).toBe(2)
})

test('a lost, a changed, a duplicated, a disordered and an unknown record are seen', () => {
  expect(names(history().checkRecords(0, records('a/0', 'a/1')))).toContain('acknowledgedRecordsLost')
  expect(names(history().checkRecords(0, records('a/0', 'a/1', 'b/1')))).toContain('recordsChanged')
  expect(names(history().checkRecords(0, records('a/0', 'a/1', 'b/0', 'a/1')))).toContain('idempotentBatchRepeated')
  expect(names(history().checkRecords(0, records('a/0', 'a/1', 'b/0', 'b/0')))).toEqual(['recordsStoredTwice'])
  expect(names(history().checkRecords(0, records('a/0', 'a/1', 'b/0', 'a/3')))).toEqual(['idempotentBatchMissing'])
  expect(names(history().checkRecords(0, records('a/0', 'a/1', 'b/0', 'x/0')))).toEqual(['recordsNeverWritten'])
})

test('a gap between offsets, and offsets that go back, are seen', () => {
  const gap = [...records('a/0', 'a/1', 'b/0'), { offset: 4, value: 'b/1' }]
  expect(names(history().checkRecords(0, gap))).toEqual(['offsetGap'])
  const made = history()
  expect(made.checkEndOffset(0, 3)).toEqual([])
  expect(names(made.checkEndOffset(0, 2))).toContain('acknowledgedRecordsLost')
  made.attemptCommit(6)
  made.attemptCommit(5)
  made.acknowledgeCommit(5)
  expect(made.checkCommit(6)).toEqual([])
  expect(names(made.checkCommit(4))).toEqual(['committedOffsetWentBack'])
})

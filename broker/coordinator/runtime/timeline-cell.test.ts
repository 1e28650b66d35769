import { expect, test } from 'vitest'
import { Timeline } from './timeline.ts'
import { TimelineCell } from './timeline-cell.ts'

test('a cell shows what is current and what is committed, and goes back', () => {
  const timeline = new Timeline()
  const cell = new TimelineCell<number | undefined>(timeline, 7)
  expect([cell.get(), cell.getCommitted()]).toEqual([7, 7])
  timeline.offset = 0
  cell.set(8)
  timeline.offset = 1
  cell.set(undefined)
  expect([cell.get(), cell.getCommitted()]).toEqual([undefined, 7])
  timeline.commit(1)
  expect([cell.get(), cell.getCommitted()]).toEqual([undefined, 8])
  timeline.revertTo(1)
  expect([cell.get(), cell.getCommitted()]).toEqual([8, 8])
})

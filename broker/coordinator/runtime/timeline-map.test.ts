import { describe, expect, test } from 'vitest'
import { Timeline } from './timeline.ts'
import { TimelineMap } from './timeline-map.ts'

function map(): {
  timeline: Timeline
  at: (offset: number) => TimelineMap<string, number>
  all: TimelineMap<string, number>
} {
  const timeline = new Timeline()
  const all = new TimelineMap<string, number>(timeline)
  const at = (offset: number) => {
    timeline.offset = offset
    return all
  }
  return { timeline, at, all }
}

describe('a map that is ahead of its log', () => {
  test('shows what is current, and what is committed', () => {
    const { timeline, at, all } = map()
    at(0).set('a', 1)
    at(1).set('a', 2)
    at(2).set('b', 1)
    expect([all.get('a'), all.getCommitted('a'), all.getCommitted('b')]).toEqual([2, undefined, undefined])
    timeline.commit(1)
    expect([all.get('a'), all.getCommitted('a')]).toEqual([2, 1])
    expect([...all.committedEntries()]).toEqual([['a', 1]])
    timeline.commit(3)
    expect([...all.committedEntries()]).toEqual([
      ['a', 2],
      ['b', 1],
    ])
  })

  test('goes back to an offset, and forward again from there', () => {
    const { timeline, at, all } = map()
    at(0).set('a', 1)
    timeline.commit(1)
    at(1).set('a', 2)
    at(2).delete('a')
    at(2).set('b', 7)
    expect([...all.entries()]).toEqual([['b', 7]])
    expect([...all.committedEntries()]).toEqual([['a', 1]])
    timeline.revertTo(2)
    expect([...all.entries()]).toEqual([['a', 2]])
    timeline.revertTo(1)
    expect([...all.entries()]).toEqual([['a', 1]])
    at(1).set('a', 3)
    timeline.commit(2)
    timeline.revertTo(0)
    expect(all.get('a')).toBe(3)
  })

  test('keeps nothing to undo for what is committed already', () => {
    const { timeline, at, all } = map()
    timeline.commit(10)
    at(3).set('a', 1)
    at(4).delete('a')
    expect(all.isBlank).toBe(true)
    at(10).set('a', 1)
    timeline.revertTo(0)
    expect(all.isBlank).toBe(true)
  })

  test('a deleted entry is blank only when the deletion is committed', () => {
    const { timeline, at, all } = map()
    at(0).set('a', 1)
    timeline.commit(1)
    at(1).delete('a')
    expect([all.size, all.isBlank]).toEqual([0, false])
    timeline.commit(2)
    expect(all.isBlank).toBe(true)
  })
})

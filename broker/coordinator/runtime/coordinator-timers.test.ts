import { expect, test } from 'vitest'
import { ManualClock } from '../../../io/sim/clock.ts'
import { CoordinatorTimers } from './coordinator-timers.ts'

function timers() {
  const clock = new ManualClock()
  const expired: string[] = []
  const timers = new CoordinatorTimers<string>(clock, event => expired.push(`${event} at ${clock.monotonicMs()}`))
  return { clock, expired, timers }
}

test('a deadline that is moved later takes no new timer, and is kept', () => {
  const { clock, expired, timers: all } = timers()
  all.schedule('session', 100, 'old')
  clock.advance(60)
  all.schedule('session', 100, 'new')
  expect(clock.pending).toBe(1)
  clock.advance(99)
  expect(expired).toEqual([])
  clock.advance(1)
  expect(expired).toEqual(['new at 160'])
  expect([all.count, clock.pending]).toEqual([0, 0])
})

test('a deadline that is moved earlier is met', () => {
  const { clock, expired, timers: all } = timers()
  all.schedule('session', 300, 'new member')
  all.schedule('session', 100, 'member')
  clock.advance(300)
  expect(expired).toEqual(['member at 100'])
})

test('what is cancelled does not happen, and may be scheduled again from within an event', () => {
  const clock = new ManualClock()
  let count = 0
  const all = new CoordinatorTimers<string>(clock, () => {
    if (++count < 3) all.schedule('tick', 10, 'tick')
  })
  all.schedule('tick', 10, 'tick')
  all.schedule('other', 10, 'other')
  all.cancel('other')
  clock.advance(100)
  expect(count).toBe(3)
  all.schedule('a', 1, 'a')
  all.schedule('b', 1, 'b')
  all.cancelAll()
  clock.advance(10)
  expect([count, clock.pending]).toEqual([3, 0])
})

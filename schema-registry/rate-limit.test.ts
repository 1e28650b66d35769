import { expect, test } from 'vitest'
import { ManualClock } from '../io/sim/clock.ts'
import { RateLimit } from './rate-limit.ts'

test('so many in a window, and again when it has ended', () => {
  const clock = new ManualClock()
  const limit = new RateLimit(clock, { requestsPerWindowMax: 2, rateWindowMs: 1000, countedClientsMax: 10 })
  expect([limit.waitMs('a'), limit.waitMs('a')]).toEqual([undefined, undefined])
  clock.advance(400)
  expect(limit.waitMs('a')).toBe(600)
  expect(limit.waitMs('b')).toBeUndefined()
  clock.advance(600)
  expect(limit.waitMs('a')).toBeUndefined()
})

test('full: of more clients than countedClientsMax the one not seen for longest starts anew', () => {
  const limit = new RateLimit(new ManualClock(), { requestsPerWindowMax: 1, rateWindowMs: 1000, countedClientsMax: 2 })
  for (const client of ['a', 'b', 'a', 'c']) limit.waitMs(client)
  expect(limit.clientCount).toBe(2)
  expect(limit.waitMs('a')).toBe(1000)
  expect(limit.waitMs('b')).toBeUndefined()
})

import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../io/sim/random.ts'
import { Backoff } from './backoff.ts'

const always = (value: number) => ({ ...seededRandom(1), next: () => value })
const options = { initialMs: 100, maxMs: 1000 }

describe('the wait before the next attempt', () => {
  test('doubles with each failure up to its maximum', () => {
    const longest = new Backoff(options, always(1))
    expect([1, 2, 3, 4, 5, 100, 2000].map(failures => longest.delayMs(failures))).toEqual([
      100, 200, 400, 800, 1000, 1000, 1000,
    ])
  })

  test('is by chance, between a tenth of its bound and all of it', () => {
    expect(new Backoff(options, always(0)).delayMs(3)).toBeCloseTo(40)
    expect(new Backoff(options, always(0.5)).delayMs(3)).toBeCloseTo(220)
    const random = seededRandom(7)
    const delays = Array.from({ length: 1000 }, () => new Backoff(options, random).delayMs(1))
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(10)
    expect(Math.max(...delays)).toBeLessThanOrEqual(100)
    // Clients that failed together come back spread over the time: each tenth of it has some, none a third of all.
    const tenths = Array.from(
      { length: 9 },
      (_, tenth) => delays.filter(ms => Math.floor(ms / 10) - 1 === tenth).length,
    )
    expect(Math.min(...tenths)).toBeGreaterThan(50)
    expect(Math.max(...tenths)).toBeLessThan(330)
  })

  test('can grow otherwise, or not at all', () => {
    expect(new Backoff({ ...options, multiplier: 1 }, always(1)).delayMs(9)).toBe(100)
    expect(new Backoff({ ...options, multiplier: 3 }, always(1)).delayMs(2)).toBe(300)
    expect(new Backoff({ initialMs: 0, maxMs: 0 }, always(1)).delayMs(9)).toBe(0)
  })

  test('before any failure is that after the first', () => {
    expect(new Backoff(options, always(1)).delayMs(0)).toBe(100)
  })
})

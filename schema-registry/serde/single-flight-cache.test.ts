// One request for many, none afterwards, and no more than was agreed.

import { expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { type CacheOptions, SingleFlightCache } from './single-flight-cache.ts'

function make(options: Partial<CacheOptions> = {}) {
  const clock = new ManualClock()
  const cache = new SingleFlightCache<number, string>({ clock, entriesMax: 3, ...options })
  const loaded: number[] = []
  const get = (key: number, load: () => Promise<string> = async () => `v${key}`) =>
    cache.get(key, () => {
      loaded.push(key)
      return load()
    })
  return { clock, cache, loaded, get }
}

test('a thousand that ask at once are one request', async () => {
  const { cache, loaded, get } = make()
  expect(cache.peek(1)).toBeUndefined()
  const values = await Promise.all(Array.from({ length: 1000 }, () => get(1)))
  expect(new Set(values)).toEqual(new Set(['v1']))
  expect(cache.peek(1)).toBe('v1')
  await get(1)
  expect(loaded).toEqual([1])
})

test('full: what was not used for longest goes', async () => {
  const { cache, loaded, get } = make()
  for (const key of [1, 2, 3]) await get(key)
  await get(1)
  await get(4)
  expect(cache.size).toBe(3)
  expect(cache.peek(2)).toBeUndefined()
  for (const key of [1, 3, 4]) await get(key)
  expect(loaded).toEqual([1, 2, 3, 4])
  await get(2)
  expect(cache.size).toBe(3)
  expect(loaded).toEqual([1, 2, 3, 4, 2])
})

test('a failure is told to all who wait, and asked about again', async () => {
  const { loaded, get } = make()
  const failing = () => Promise.reject(new Error('no'))
  const outcomes = await Promise.allSettled([get(1, failing), get(1, failing)])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(loaded).toEqual([1])
  expect(await get(1)).toBe('v1')
})

test('a failure that is believed for a while; others are not', async () => {
  const { clock, loaded, get } = make({ failureMs: 100, isKept: error => (error as Error).message === 'unknown' })
  const failing = (message: string) => () => Promise.reject(new Error(message))
  await expect(get(1, failing('unknown'))).rejects.toThrow('unknown')
  await clock.advance(99)
  await expect(get(1)).rejects.toThrow('unknown')
  await clock.advance(1)
  expect(await get(1)).toBe('v1')
  await expect(get(2, failing('silent'))).rejects.toThrow('silent')
  expect(await get(2)).toBe('v2')
  expect(loaded).toEqual([1, 1, 2, 2])
})

test('what is stale is fetched anew', async () => {
  const { clock, cache, loaded, get } = make({ freshMs: 1000 })
  await get(1)
  await clock.advance(999)
  expect(cache.peek(1)).toBe('v1')
  await clock.advance(1)
  expect(cache.peek(1)).toBeUndefined()
  await get(1)
  expect(loaded).toEqual([1, 1])
})

import { expect, test } from 'vitest'
import { seededRandom } from '../../../io/sim/random.ts'
import { nextEpoch } from './fetch-session.ts'
import { FetchSessionCache } from './fetch-session-cache.ts'

const zeroTopicId = 'AAAAAAAAAAAAAAAAAAAAAA'
const minuteMs = 60_000

/** A session with so many partitions, as a fetch opens it. */
function open(cache: FetchSessionCache, partitionCount: number, nowMs: number, isPrivileged = false) {
  const session = cache.create({ isPrivileged, usesTopicIds: false, partitionCount, nowMs })
  for (let index = 0; index < partitionCount; index++) {
    session?.put({
      topic: 't',
      topicId: zeroTopicId,
      index,
      fetchOffset: 0,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      maxBytes: 1,
    })
  }
  return session
}

const cacheOf = (sessionsMax: number) => new FetchSessionCache(sessionsMax, seededRandom(1))

test('a full cache takes no session that is worth no more than those in it', () => {
  const cache = cacheOf(2)
  open(cache, 2, 0)
  open(cache, 2, 0)
  expect(open(cache, 100, minuteMs)).toBeUndefined()
  expect(cache.size).toBe(2)
})

test('a session that was not used for two minutes makes room', () => {
  const cache = cacheOf(2)
  const stale = open(cache, 20, 0)!
  const used = open(cache, 1, 0)!
  cache.touch(used, 2 * minuteMs)
  expect(open(cache, 1, 2 * minuteMs)).toBeUndefined()
  expect(open(cache, 1, 2 * minuteMs + 1)).toBeDefined()
  expect(cache.get(stale.id)).toBeUndefined()
  expect(cache.get(used.id)).toBe(used)
})

test('among sessions in use a settled one with fewer partitions makes room, the smallest first', () => {
  const cache = cacheOf(3)
  const [large, small, fresh] = [open(cache, 10, 0)!, open(cache, 4, 0)!, open(cache, 1, 3 * minuteMs)!]
  for (const session of [large, small]) cache.touch(session, 3 * minuteMs)
  expect(open(cache, 4, 3 * minuteMs)).toBeUndefined()
  expect(open(cache, 5, 3 * minuteMs)).toBeDefined()
  expect(cache.get(small.id)).toBeUndefined()
  expect(cache.get(large.id)).toBe(large)
  // It has fewer partitions still, but is new: it is left alone.
  expect(cache.get(fresh.id)).toBe(fresh)
})

test("a follower's session takes the place of a consumer's, however new and large; never the other way round", () => {
  const cache = cacheOf(2)
  const consumer = open(cache, 100, 0)!
  const follower = open(cache, 1, 0, true)!
  expect(open(cache, 1, minuteMs, true)).toBeDefined()
  expect(cache.get(consumer.id)).toBeUndefined()
  expect(cache.get(follower.id)).toBe(follower)
  cache.touch(follower, 3 * minuteMs)
  expect(open(cache, 500, minuteMs)).toBeUndefined()
})

test('epochs go round to 1, past the one that opens sessions', () => {
  expect([nextEpoch(1), nextEpoch(0x7fff_ffff), nextEpoch(-1)]).toEqual([2, 1, -1])
})

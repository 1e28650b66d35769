import { expect, test } from 'vitest'
import { SharedLimit } from './shared-limit.ts'

test('room is given while any is left, then in the order of asking', () => {
  const limit = new SharedLimit(100)
  const served: string[] = []
  const ask = (name: string, bytes: number) => {
    const take = (): void => {
      if (limit.take(bytes, take)) served.push(name)
    }
    take()
  }
  ask('a', 60)
  ask('b', 60)
  ask('c', 50)
  ask('d', 10)
  expect(served).toEqual(['a', 'b'])
  limit.give(60)
  expect(served).toEqual(['a', 'b', 'c'])
  limit.give(60)
  expect(served).toEqual(['a', 'b', 'c', 'd'])
  expect(limit.used).toBe(60)
})

test('who is called and cannot use the room holds up nobody', () => {
  const limit = new SharedLimit(100)
  limit.take(100, () => {})
  let called = 0
  const busy = () => called++
  let served = false
  const eager = () => {
    served = limit.take(10, eager)
  }
  expect(limit.take(10, busy)).toBe(false)
  eager()
  limit.give(100)
  expect([called, served]).toEqual([1, true])
})

test('who left is not called', () => {
  const limit = new SharedLimit(1)
  limit.take(1, () => {})
  const gone = () => expect.unreachable()
  limit.take(1, gone)
  limit.leave(gone)
  limit.give(1)
  expect(limit.used).toBe(0)
})

test('who gives back from within its turn does not call the next one from within it', () => {
  const limit = new SharedLimit(1)
  limit.take(1, () => {})
  let [depth, deepest, served] = [0, 0, 0]
  for (let i = 0; i < 10_000; i++) {
    const take = (): void => {
      if (!limit.take(1, take)) return
      deepest = Math.max(deepest, ++depth)
      served++
      limit.give(1)
      depth--
    }
    take()
  }
  limit.give(1)
  expect([served, deepest, limit.used, limit.waitingCount]).toEqual([10_000, 1, 0, 0])
})

import { expect, test } from 'vitest'
import { Lanes } from './lanes.ts'

test('one item of a lane at a time, in order, lanes in turn', () => {
  const lanes = new Lanes<string>()
  lanes.offer('a', 'a1')
  lanes.offer('a', 'a2')
  lanes.offer('b', 'b1')
  expect(lanes.size).toBe(3)
  expect([lanes.take(), lanes.take(), lanes.take()]).toEqual([
    { lane: 'a', item: 'a1' },
    { lane: 'b', item: 'b1' },
    undefined,
  ])
  lanes.finish('b')
  lanes.finish('a')
  lanes.offer('b', 'b2')
  expect([lanes.take()?.item, lanes.take()?.item]).toEqual(['a2', 'b2'])
  lanes.finish('a')
  lanes.finish('b')
  expect(lanes.size).toBe(0)
  expect(lanes.take()).toBeUndefined()
})

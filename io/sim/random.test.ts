import { expect, test } from 'vitest'
import { randomContract } from '../contract/random.ts'
import { seededRandom, xoshiro128 } from './random.ts'

randomContract('from a seed', () => seededRandom(4711))

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed)
    return [
      random.next(),
      random.int(1000),
      random.bytes(4).toString('hex'),
      random.chance(0.5),
      random.pick(['a', 'b', 'c']),
    ]
  }
  expect(draw(1)).toEqual(draw(1))
  expect(new Set([0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1].map(seed => draw(seed)[0])).size).toBe(6)
})

test('a fork depends on seed and name, not on what its parent has drawn', () => {
  const parent = seededRandom(1)
  const early = parent.fork('disk').next()
  parent.bytes(1000)
  expect(parent.fork('disk').next()).toBe(early)
  expect(parent.fork('net').next()).not.toBe(early)
  expect(seededRandom(2).fork('disk').next()).not.toBe(early)
})

test('the generator gives the numbers of xoshiro128starstar.c 1.1 for the state 1, 2, 3, 4', () => {
  const word = xoshiro128(1, 2, 3, 4)
  const expected = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804]
  expect(expected.map(() => word())).toEqual(expected)
})

import { expect, test } from 'vitest'
import { eachInputOnce } from './each-input-once.ts'

const inputs = [0, 1, 3, 4, 7]
const check = (committedOffset: number, outputs: number[]) =>
  eachInputOnce({ place: 'copies', inputs, committedOffset, outputs }).map(({ name }) => name)

test('each record below the committed offset came out once', () => {
  expect(check(-1, [])).toEqual([])
  expect(check(4, [3, 0, 1])).toEqual([])
  expect(check(8, [0, 1, 3, 4, 7])).toEqual([])
})

test('one that came out twice, one too early and one that is missing are seen', () => {
  expect(check(4, [0, 1, 1, 3])).toEqual(['inputTwice'])
  expect(check(4, [0, 1, 3, 4])).toEqual(['inputAhead'])
  expect(check(4, [0, 3])).toEqual(['inputLost'])
  expect(check(-1, [0])).toEqual(['inputAhead'])
})

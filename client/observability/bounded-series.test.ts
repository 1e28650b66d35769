import { expect, test } from 'vitest'
import { BoundedSeries } from './bounded-series.ts'

test('full: what comes later is counted together, what is known goes on', () => {
  const made: string[][] = []
  const series = new BoundedSeries(2, 2, (...values) => {
    made.push(values)
    return values.join('/')
  })
  expect([
    series.of('a', '1'),
    series.of('a', '2'),
    series.of('b', '1'),
    series.of('c', '1'),
    series.of('a', '1'),
  ]).toEqual(['a/1', 'a/2', 'others/others', 'others/others', 'a/1'])
  expect(made).toEqual([
    ['a', '1'],
    ['a', '2'],
    ['others', 'others'],
  ])
  expect(series.size).toBe(2)
})

test('values that only run together are not the same', () => {
  const series = new BoundedSeries(5, 2, (...values) => values)
  expect(series.of('a', 'bc')).not.toBe(series.of('ab', 'c'))
})

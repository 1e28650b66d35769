import { describe, expect, test } from 'vitest'
import { type CountRecord, wrongCounts } from './word-counts.ts'

const lines = ['a b a', 'b c a']
const right: CountRecord[] = [
  { word: 'a', count: '1' },
  { word: 'b', count: '1' },
  { word: 'a', count: '2' },
  { word: 'b', count: '2' },
  { word: 'c', count: '1' },
  { word: 'a', count: '3' },
]

describe('the streamed word count against the batch', () => {
  test('rows in any interleaving are right', () => {
    expect(wrongCounts(lines, right)).toEqual([])
    expect(
      wrongCounts(
        lines,
        right.toSorted((one, other) => one.word.localeCompare(other.word)),
      ),
    ).toEqual([])
  })

  test('any one record dropped is found', () => {
    for (const at of right.keys()) expect(wrongCounts(lines, right.toSpliced(at, 1))).toHaveLength(1)
  })

  test('any one record doubled is found', () => {
    for (const at of right.keys()) expect(wrongCounts(lines, right.toSpliced(at, 0, right[at]!))).toHaveLength(1)
  })

  test('input counted twice, not counted, and words of nobody', () => {
    expect(wrongCounts(lines, [...right, { word: 'a', count: '4' }])).toEqual(['a: counted to 4, occurs 3 times'])
    expect(wrongCounts([...lines, 'c'], right)).toEqual(['c: counted to 1, occurs 2 times'])
    expect(wrongCounts(lines, [...right, { word: 'd', count: '1' }])).toEqual(['d: counted to 1, occurs 0 times'])
    expect(wrongCounts(lines, right.with(2, right[5]!).with(5, right[2]!))).toEqual(['a: 3 after 1 (occurs 3 times)'])
  })
})

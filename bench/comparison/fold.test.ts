import { expect, test } from 'vitest'
import { fold, median, ratios } from './fold.ts'
import { judge, type Row } from './row.ts'

test('the median of an odd and of an even number of rounds', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([9, 1, 5, 6])).toBe(5.5)
  expect(() => median([])).toThrow('no values')
})

test('numbers are ordered as numbers', () => {
  expect(median([10, 9, 100])).toBe(10)
})

test('the spread is whole', () => {
  expect(fold([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 })
})

test('ratios are taken pair by pair', () => {
  // The machine became half as fast after the first round: the ratio does not show it, that of medians would.
  expect(ratios([1, 2, 2], [2, 4, 4])).toEqual([0.5, 0.5, 0.5])
  expect(ratios([1, 2], [2])).toEqual([0.5])
})

const row: Row = { name: 'r', unit: 'CPU s', ours: [1, 2, 3], peer: [4, 4, 4], peerName: 'Kafka' }

test('a target of the ratio, met to the last digit and missed', () => {
  expect(judge({ ...row, target: { of: 'ratio', most: 0.5 } }).met).toBe(true)
  expect(judge({ ...row, target: { of: 'ratio', most: 0.49 } }).met).toBe(false)
})

test('a target of our own figure needs no peer', () => {
  expect(judge({ ...row, peer: [], target: { of: 'ours', most: 2 } })).toMatchObject({ met: true, ratio: undefined })
  expect(judge({ ...row, peer: [], target: { of: 'ours', most: 1.9 } }).met).toBe(false)
})

test('nothing promised, nothing judged; and a ratio without a peer is not met', () => {
  expect(judge(row).met).toBeUndefined()
  expect(judge({ ...row, peer: [], target: { of: 'ratio', most: 0.5 } }).met).toBeUndefined()
})

// Tables, lines, JSON, figures and bars.

import { expect, test } from 'vitest'
import { byteSize, counted, elapsed, grouped } from './figures.ts'
import { progressText } from './progress.ts'
import { rendered, type View } from './view.ts'

const view: View = {
  heading: ['two things'],
  columns: ['NAME', 'COUNT', 'NOTE'],
  rows: [
    ['first', 10_422, undefined],
    ['a\tb', 7n, 'x'],
  ],
  json: { big: 2n ** 60n, list: [1] },
  empty: 'nothing',
}

test('a table: numbers to the right, grouped', () => {
  expect(rendered(view, 'table')).toBe(
    ['two things', 'NAME    COUNT  NOTE', 'first  10,422  -', 'a\tb         7  x', ''].join('\n'),
  )
  expect(rendered({ ...view, rows: [] }, 'table')).toBe('two things\nnothing\n')
  expect(rendered(view, 'table', { colours: true })).toContain('NOTE')
})

test('lines: nothing but the cells; JSON: nothing is rounded', () => {
  expect(rendered(view, 'lines')).toBe('first\t10422\t\na b\t7\tx\n')
  expect(rendered({ ...view, rows: [] }, 'lines')).toBe('')
  expect(JSON.parse(rendered(view, 'json'))).toEqual({ big: '1152921504606846976', list: [1] })
})

test('figures', () => {
  expect([grouped(0), grouped(999), grouped(1000), grouped(-1234567), grouped(2n ** 60n)]).toEqual([
    '0',
    '999',
    '1,000',
    '-1,234,567',
    '1,152,921,504,606,846,976',
  ])
  expect([counted(1, 'record'), counted(0, 'record')]).toEqual(['1 record', '0 records'])
  expect([byteSize(0), byteSize(1023), byteSize(1536), byteSize(20 * 1024 ** 3)]).toEqual([
    '0 B',
    '1023 B',
    '1.5 KiB',
    '20 GiB',
  ])
})

test('lengths of time', () => {
  const texts = [-5, 0, 250.4, 1000, 12_999, 60_000, 185_000, 3_600_000, 187_200_000].map(elapsed)
  expect(texts).toEqual(['0 ms', '0 ms', '250 ms', '1 s', '12 s', '1 min', '3 min 5 s', '1 h', '2 d 4 h'])
})

test('progress: with a bar, without, and without an end', () => {
  const doing = { verb: 'consumed', total: 1000 }
  expect(progressText(doing, 500, 2000, true)).toBe('consumed  ██████████░░░░░░░░░░ 50 %  500 records  250/s  2 s left')
  expect(progressText(doing, 1000, 2000, false)).toBe('consumed  100 %  1,000 records  500/s')
  expect(progressText({ verb: 'produced', total: undefined }, 1, 1000, true)).toBe('produced  1 record  1/s')
  const moving = { verb: 'moving', total: 3 * 1024 ** 3, amount: byteSize }
  expect(progressText(moving, 1024 ** 3, 40_000, false)).toBe('moving  33 %  1.0 GiB  26 MiB/s  1 min 20 s left')
  expect(progressText(doing, 0, 0, false)).toBe('consumed  0 %  0 records  0/s')
})

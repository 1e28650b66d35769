import { expect, test } from 'vitest'
import type { Row } from './row.ts'
import { markdownRows, markdownTable, shown, shownFolded, textTable } from './table.ts'

const produce: Row = {
  name: 'produce 100 B',
  unit: 'CPU s per million records',
  ours: [0.2, 0.3, 0.25],
  peer: [0.5, 0.5, 0.6],
  peerName: 'Kafka 4.3.0',
  target: { of: 'ratio', most: 0.5 },
  rate: { unit: 'MB/s', ours: [90, 100, 110], peer: [80, 80, 80] },
}

const start: Row = {
  name: 'start, empty',
  unit: 's',
  ours: [0.4],
  peer: [],
  peerName: 'Kafka 4.3.0',
  target: { of: 'ours', most: 0.3 },
  note: 'one round only',
}

test('three digits say enough', () => {
  expect([0.04123, 0.5, 3.274, 98.15, 981.4, 12_400.4, 0, Number.NaN].map(shown)).toEqual([
    '0.0412',
    '0.500',
    '3.27',
    '98.2',
    '981',
    '12,400',
    '0',
    '-',
  ])
})

test('a spread only where there is one', () => {
  expect(shownFolded({ median: 1, least: 1, most: 1 })).toBe('1.00')
  expect(shownFolded({ median: 1, least: 0.5, most: 2 })).toBe('1.00 (0.500-2.00)')
  expect(shownFolded(undefined)).toBe('-')
})

test('the table of a terminal', () => {
  expect(`${textTable([produce, start])}\n`).toMatchInlineSnapshot(`
    "                median (spread) of          Millrace              Kafka 4.3.0           ratio, pair by pair   target
    produce 100 B   CPU s per million records   0.250 (0.200-0.300)   0.500 (0.500-0.600)   0.417 (0.400-0.600)   <= 0.5 x   met
    start, empty    s                           0.400                 -                     -                     <= 0.3 s   missed

                    rate                        Millrace         peer
    produce 100 B   MB/s (quoted, not judged)   100 (90.0-110)   80.0   Kafka 4.3.0

    by round                      1       2       3
    produce 100 B   Millrace      0.200   0.300   0.250
                    Kafka 4.3.0   0.500   0.500   0.600
    start, empty    Millrace      0.400   -       -

    start, empty: one round only
    "
  `)
})

test('peers of different names are named in their rows', () => {
  const text = textTable([produce, { ...produce, name: 'wide', peerName: 'Millrace, 100 partitions' }])
  expect(text).toContain('wide | Millrace, 100 partitions')
})

test('Markdown, with bars escaped', () => {
  expect(markdownTable([['a', 'b'], ...markdownRows([produce]).map(([name]) => [`${name} | x`, ''])])).toBe(
    '| a | b |\n|---|---|\n| produce 100 B \\| x |  |',
  )
})

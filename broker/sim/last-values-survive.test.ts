import { expect, test } from 'vitest'
import { LastValuesSurvive } from './last-values-survive.ts'
import type { Violation } from './violation.ts'

const names = (violations: readonly Violation[]) => violations.map(({ name }) => name)
const record = (offset: number, key: string, value: string | null) => ({ offset, key, value })

/** k: 1 and then 2; d: 3 and then a tombstone, sent at 50, to be seen for 100. */
function history(): LastValuesSurvive {
  const values = new LastValuesSurvive('p', 100)
  for (const [offset, key, value] of [
    [0, 'k', '1'],
    [1, 'd', '3'],
    [2, 'k', '2'],
    [3, 'd', null],
  ] as const) {
    // biome-ignore format: one thought
    values.send(key, value, 50)
    expect(values.promise(record(offset, key, value), 50)).toEqual([])
  }
  return values
}

function scan(records: ReturnType<typeof record>[], nowMs = 60, endOffset = 10) {
  const values = history()
  return names(values.checkScan({ records, endOffset, nowMs }, values.promised))
}

const [one, three, two, tombstone] = [
  record(0, 'k', '1'),
  record(1, 'd', '3'),
  record(2, 'k', '2'),
  record(3, 'd', null),
]

test('cleaned or not, the last values are there', () => {
  expect(scan([one!, three!, two!, tombstone!])).toEqual([])
  expect(scan([two!, tombstone!])).toEqual([])
  expect(scan([two!], 150)).toEqual([])
  expect(scan([one!, three!], 60, 2)).toEqual([])
})

test('a lost value, an old one that is back, and a tombstone that goes early are seen', () => {
  expect(scan([tombstone!])).toEqual(['lastValueLost'])
  expect(scan([one!, tombstone!])).toEqual(['lastValueLost'])
  expect(scan([three!, two!], 200)).toEqual(['lastValueLost'])
  expect(scan([two!], 149)).toEqual(['tombstoneGoneEarly'])
})

test('what is at another offset, was changed, or was never sent, is seen', () => {
  expect(scan([two!, record(3, 'k', '2'), tombstone!])).toEqual(['recordsChanged', 'offsetUsedTwice'])
  expect(scan([record(2, 'k', '1'), tombstone!])).toEqual(['recordsChanged'])
  expect(scan([two!, tombstone!, record(4, 'k', '9')])).toEqual(['recordsNeverWritten'])
})

test('a scan may also find what came after it began', () => {
  const values = history()
  const before = values.promised
  values.send('k', '5', 60)
  expect(values.checkScan({ records: [tombstone!, record(4, 'k', '5')], endOffset: 5, nowMs: 61 }, before)).toEqual([])
})

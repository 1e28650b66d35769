// What is typed on the command line, as values.

import { expect, test } from 'vitest'
import { parseDuration } from './duration.ts'
import { parsePlace } from './place.ts'
import { parseNumbers, parseSettings, parseWhole } from './settings.ts'

const nowMs = Date.UTC(2026, 10, 26, 12)

test('places', () => {
  const place = (text: string) => parsePlace(text, '--from', nowMs)
  expect(place('beginning')).toEqual({ kind: 'beginning' })
  expect(place('latest')).toEqual({ kind: 'end' })
  expect(place('1234')).toEqual({ kind: 'offset', offset: 1234 })
  expect(place('-10')).toEqual({ kind: 'last', count: 10 })
  expect(place('15m')).toEqual({ kind: 'time', timestampMs: nowMs - 900_000 })
  expect(place('1.5h')).toEqual({ kind: 'time', timestampMs: nowMs - 5_400_000 })
  expect(place('2026-11-01T10:00Z')).toEqual({ kind: 'time', timestampMs: Date.UTC(2026, 10, 1, 10) })
  expect(place('2026-11-01T10:00:30.25+02:00')).toEqual({
    kind: 'time',
    timestampMs: Date.UTC(2026, 10, 1, 8, 0, 30, 250),
  })
  expect(place('2026-11-01T10:00')).toEqual({ kind: 'time', timestampMs: new Date(2026, 10, 1, 10).getTime() })
  expect(place('2026-11-01')).toEqual({ kind: 'time', timestampMs: new Date(2026, 10, 1).getTime() })
  for (const wrong of ['', 'yesterday', '2026-13-01', '2026-11-01 10:00', '99999999999999999', '--5', '1.5', '10:00']) {
    expect(() => place(wrong), wrong).toThrow('--from')
  }
})

test('lengths of time', () => {
  expect(parseDuration('500ms', '--timeout')).toBe(500)
  expect(parseDuration('2h', '--timeout')).toBe(7_200_000)
  for (const wrong of ['', '5', '5 s', '0s', '-5s', '5w'])
    expect(() => parseDuration(wrong, '--timeout'), wrong).toThrow('500ms')
})

test('settings and numbers', () => {
  expect(parseSettings(['a=1', 'b = x=y', 'c='], '--config')).toEqual({ a: '1', b: 'x=y', c: '' })
  expect(() => parseSettings(['=1'], '--config')).toThrow('name=value')
  expect(parseWhole('12', '-p')).toBe(12)
  for (const wrong of ['', '1.5', '-1', '0x10', '1e3'])
    expect(() => parseWhole(wrong, '-p'), wrong).toThrow('whole number')
  expect(parseNumbers('5-7,0,3,6', '-p')).toEqual([0, 3, 5, 6, 7])
  for (const wrong of ['', 'a', '7-5', '0-200000', '1,,2']) expect(() => parseNumbers(wrong, '-p'), wrong).toThrow('-p')
})

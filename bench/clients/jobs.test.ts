import { expect, test } from 'vitest'
import { parseOutcome } from './jobs.ts'

test('the last line is the outcome; whoever prints none has failed', () => {
  expect(parseOutcome('a warning\n{"records":3,"cpuSeconds":0.5}\n')).toEqual({ records: 3, cpuSeconds: 0.5 })
  expect(() => parseOutcome('{"records":3}\nkilled\n')).toThrow('no outcome: {"records":3}\nkilled')
  expect(() => parseOutcome('')).toThrow('no outcome')
})

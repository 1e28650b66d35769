// Against java.util.Properties: 43 written cases and 400 random texts of the characters that matter.

import { expect, test } from 'vitest'
import { parseProperties } from './properties.ts'
import { testLines } from './testdata/reader.ts'

interface Case {
  base64: string
  values?: Record<string, string>
  error?: string
}

test('reads what java.util.Properties reads, and refuses what it refuses', () => {
  const cases = testLines<Case>('properties.jsonl')
  expect(cases.length).toBe(444)
  for (const { base64, values, error } of cases) {
    const bytes = Buffer.from(base64, 'base64')
    const shown = JSON.stringify(bytes.toString('latin1'))
    if (error) expect(() => parseProperties(bytes), shown).toThrow(/^line [0-9]+: /)
    else expect(Object.fromEntries(parseProperties(bytes)), shown).toEqual(values)
  }
})

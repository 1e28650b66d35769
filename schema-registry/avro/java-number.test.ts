// Double.toString and Float.toString of JDK 25, for 2,500 numbers.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { asFloat, javaDouble, javaFloat } from './java-number.ts'

const lines = gunzipSync(readFileSync(new URL('../testdata/java-numbers.txt.gz', import.meta.url)))
  .toString('utf8')
  .trim()
  .split('\n')

describe('numbers as Java writes them', () => {
  test.each(['d', 'f'])('each of kind %s', kind => {
    const wrong: string[] = []
    let compared = 0
    for (const line of lines) {
      const [of, bits, text] = line.split(' ') as [string, string, string]
      if (of !== kind) continue
      compared++
      const bytes = Buffer.from(bits, 'hex')
      const ours = kind === 'd' ? javaDouble(bytes.readDoubleBE()) : javaFloat(bytes.readFloatBE())
      if (ours !== text) wrong.push(`${line}, not ${ours}`)
    }
    expect(wrong).toEqual([])
    expect(compared).toBeGreaterThan(1000)
  })

  test('a float becomes the shortest number that is the same float', () => {
    expect(asFloat(0.1)).toBe(0.1)
    expect(asFloat(0.123456789012)).toBe(0.12345679)
  })
})

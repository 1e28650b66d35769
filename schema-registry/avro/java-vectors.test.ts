// What Java says of 1,200 generated pairs of schemas (bench/avro/vectors-main.ts), without Java.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Answer } from '../../bench/avro/answers.ts'
import { count, emptyTally } from '../../bench/avro/differential.ts'
import type { Question } from '../../bench/avro/questions.ts'

const path = new URL('../testdata/avro-pairs.jsonl.gz', import.meta.url)
const lines = gunzipSync(readFileSync(path)).toString('utf8').trim().split('\n')

describe("Avro's Java library", () => {
  test('says the same of validity, texts, fingerprints, compatibility and bytes', () => {
    const tally = emptyTally()
    for (const [seed, line] of lines.entries()) {
      const { question, answer } = JSON.parse(line) as { question: Question; answer: Answer }
      count(tally, question, answer, `seed ${seed}`)
    }
    expect(tally.faults).toEqual([])
    expect(tally.valid).toBeGreaterThan(500)
    expect(tally.readable).toBeGreaterThan(200)
    expect(tally.unreadable).toBeGreaterThan(200)
    expect(tally.resolved).toBeGreaterThan(500)
  })
})

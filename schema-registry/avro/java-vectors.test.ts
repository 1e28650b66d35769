// What Java says of 1,200 generated pairs of schemas (bench/avro/vectors-main.ts) and of some 2,000 recursive ones, without Java.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Answer } from '../../bench/avro/answers.ts'
import { count, emptyTally } from '../../bench/avro/differential.ts'
import { parsed, type Question } from '../../bench/avro/questions.ts'

const linesOf = (file: string) =>
  gunzipSync(readFileSync(new URL(`../testdata/${file}`, import.meta.url)))
    .toString('utf8')
    .trim()
    .split('\n')

describe("Avro's Java library", () => {
  test('says the same of validity, texts, fingerprints, compatibility and bytes', () => {
    const tally = emptyTally()
    for (const [seed, line] of linesOf('avro-pairs.jsonl.gz').entries()) {
      const { question, answer } = JSON.parse(line) as { question: Question; answer: Answer }
      count(tally, question, answer, `seed ${seed}`)
    }
    expect(tally.faults).toEqual([])
    expect(tally.valid).toBeGreaterThan(500)
    expect(tally.readable).toBeGreaterThan(200)
    expect(tally.unreadable).toBeGreaterThan(200)
    expect(tally.resolved).toBeGreaterThan(500)
  })

  test('says the same of records that contain each other, with defaults that need them', () => {
    const rows = linesOf('avro-open-records.tsv.gz').map(line => line.split('\t') as [verdict: string, schema: string])
    const verdict = (schema: string) => (parsed(schema, { references: [], isStored: false }) ? 'valid' : 'refused')
    expect(rows.filter(([says, schema]) => verdict(schema) !== says)).toEqual([])
    expect(new Set(rows.map(([says]) => says)).size).toBe(2)
  })
})

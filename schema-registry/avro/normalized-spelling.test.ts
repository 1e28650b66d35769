// What Confluent's AvroSchemaUtils (8.5, on JDK 25) makes of 200 generated schemas that are written in another way than it writes.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { avroType } from './avro-type.ts'

interface Line {
  readonly text: string
  readonly references: readonly string[]
  readonly isStored: boolean
  readonly normalized: string
}

const lines = gunzipSync(readFileSync(new URL('../testdata/avro-normalized.jsonl.gz', import.meta.url)))
  .toString('utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Line)

/** Such as Confluent moves into the namespace around them, which makes other types of them. */
const hasTypeWithoutNamespace = (text: string) => text.includes('"namespace":""')

const parse = (text: string, references: readonly string[] = [], isStored = false) => {
  const given = references.map((reference, i) => ({ name: `r${i}`, subject: `s${i}`, version: 1, text: reference }))
  return avroType.parse(text, given, { isStored })
}

describe('normalized text', () => {
  test("is Confluent's", () => {
    const wrong: string[] = []
    let compared = 0
    for (const { text, references, isStored, normalized } of lines) {
      const ours = parse(text, references, isStored).normalizedText
      if (hasTypeWithoutNamespace(ours)) continue
      compared++
      if (ours !== normalized) wrong.push(`${text}\n  ${ours}\n  ${normalized}`)
    }
    expect(wrong).toEqual([])
    expect(compared).toBeGreaterThan(150)
  })

  test('is its own normalized text, and means the same to readers', () => {
    let compared = 0
    for (const { text, references, isStored } of lines) {
      // An alias without a namespace loses its dot, in Java too, and is another one when it is read again.
      if (text.includes('".Old"')) continue
      const schema = parse(text, references, isStored)
      const again = parse(schema.normalizedText, references, isStored)
      expect(again.normalizedText).toBe(schema.normalizedText)
      expect(again.parsingForm).toBe(schema.parsingForm)
      compared++
    }
    expect(compared).toBeGreaterThan(100)
  })

  test('is the same for two spellings of one schema', () => {
    const a =
      '{"type":"record","name":"R","namespace":"n","doc":"","aliases":["Z","A"],"fields":[{"name":"a","type":{"precision":4,' +
      '"type":"bytes","logicalType":"decimal","scale":2,"z":{"b":1,"a":2},"c":0},"default":"\\u0001"},{"name":"f","type":"float","default":1}]}'
    const b =
      '{ "name": "n.R", "fields": [{"type": {"type": "bytes", "c": 0, "z": {"a": 2, "b": 1}, "scale": 2, "logicalType": "decimal", ' +
      '"precision": 4}, "order": "ascending", "name": "a", "default": "\\u0001"}, {"name": "f", "type": {"type": "float"}, "default": 1.0}], ' +
      '"aliases": ["n.A", "Z"], "type": "record" }'
    expect(parse(a).canonicalText).not.toBe(parse(b).canonicalText)
    expect(parse(a).normalizedText).toBe(parse(b).normalizedText)
  })

  test('keeps a default that is too large for the first branch of its union', () => {
    const text = '{"type":"record","name":"R","fields":[{"name":"a","type":["float","double"],"default":1.0E300}]}'
    expect(parse(text).normalizedText).toBe(text)
  })

  test('leaves a type without a namespace where it is', () => {
    const text =
      '{"type":"record","name":"n.R","fields":[{"name":"a","type":{"type":"fixed","name":"F","namespace":"","size":1}}]}'
    expect(parse(text).normalizedText).toContain('"name":"F","namespace":""')
  })
})

import { expect, test } from 'vitest'
import { avroType } from '../../schema-registry/avro/avro-type.ts'
import { manySchemas, versionsOfSubject } from './many-schemas.ts'

const all = [...manySchemas(40)]
const parsed = all.map(({ text }) => avroType.parse(text, []))

test('texts are as Avro writes them, so that a registry answers what it was given', () => {
  expect(parsed.map(({ canonicalText }) => canonicalText)).toEqual(all.map(({ text }) => text))
  expect(new Set(all.map(({ text }) => text)).size).toBe(all.length)
})

test('ids count on, versions too within their subject', () => {
  expect(all.map(({ id }) => id)).toEqual(all.map((_, i) => i + 1))
  expect(all.slice(3, 6).map(({ subject, version }) => `${subject} ${version}`)).toEqual([
    'topic-0-value 4',
    'topic-1-value 1',
    'topic-1-value 2',
  ])
})

test('each version reads what those before it wrote', () => {
  const wrong = parsed.flatMap((schema, i) =>
    i % versionsOfSubject === 0 ? [] : [...schema.incompatibilitiesWith(parsed[i - 1]!)],
  )
  expect(wrong).toEqual([])
})

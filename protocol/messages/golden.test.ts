// Every message in every version against bytes that Kafka's own generated classes wrote, in both directions.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { goldenValue } from '../../testing/golden/value.ts'
import {
  type GoldenVector,
  goldenVectors,
  schemaByName,
  schemaOf,
  vectorFolders,
} from '../../testing/golden/vectors.ts'
import { errors } from '../errors.ts'
import { decode, encode } from '../wire/schema.ts'
import { apis } from './index.ts'

const table = (name: string) =>
  JSON.parse(gunzipSync(readFileSync(new URL(`../testdata/${name}.json.gz`, import.meta.url))).toString())

const label = (vector: GoldenVector) => `${vector.name} v${vector.version} ${vector.instance}`

describe.each(vectorFolders)('golden vectors: %s', folder => {
  const vectors = goldenVectors(folder)

  test('bytes decode to the value that the vector describes', () => {
    for (const vector of vectors) {
      const schema = schemaOf(vector)
      const expected = goldenValue(schema.fields, vector.json, vector.unknownTags ?? [])
      expect(decode(schema, vector.version, Buffer.from(vector.hex, 'hex')), label(vector)).toEqual(expected)
    }
  })

  test('the described value encodes to the bytes', () => {
    for (const vector of vectors) {
      const schema = schemaOf(vector)
      const value = goldenValue(schema.fields, vector.json, vector.unknownTags ?? [])
      expect(encode(schema, vector.version, value).toString('hex'), label(vector)).toBe(vector.hex)
    }
  })

  test('the schema agrees on which versions are flexible', () => {
    for (const vector of vectors)
      expect(vector.version >= schemaOf(vector).flexible, label(vector)).toBe(vector.flexible)
  })
})

test('every version of every schema has a vector', () => {
  const seen = new Set(vectorFolders.flatMap(goldenVectors).map(v => `${schemaOf(v).name} ${v.version}`))
  for (const schema of schemaByName.values()) {
    for (let version = schema.versions[0]; version <= schema.versions[1]; version++) {
      expect(seen, `${schema.name} ${version}`).toContain(`${schema.name} ${version}`)
    }
  }
})

test("keys, names and version ranges are those of Kafka 4.3.0's table", () => {
  const keys = table('api-keys') as Record<string, unknown>[]
  const valid = keys.filter(key => key.hasValidVersion)
  expect(apis.map(api => [api.key, api.name, ...api.versions])).toEqual(
    valid.map(key => [key.apiKey, key.name, key.minVersion, key.maxVersionWithUnstable]),
  )
  expect(apis.filter(api => api.latestUnstable).map(api => api.name)).toEqual(
    valid.filter(key => key.maxVersion !== key.maxVersionWithUnstable).map(key => key.name),
  )
})

test('the error table is that of Kafka 4.3.0', () => {
  const kafka = (table('errors') as { name: string; code: number; retriable: boolean }[]).map(row => [
    row.name,
    row.code,
    row.retriable,
  ])
  expect(Object.entries(errors).map(([name, { code, retriable }]) => [name, code, retriable])).toEqual(kafka)
})

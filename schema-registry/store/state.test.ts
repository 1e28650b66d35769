// What the state makes of records, also of such as other registries and older versions wrote.

import { expect, test } from 'vitest'
import { schemaKey } from './record-keys.ts'
import type { SchemasRecord } from './schemas-log.ts'
import { RegistryState } from './state.ts'

interface Ignored {
  readonly offset: bigint
  readonly reason: string
}

function stateOf(records: ReadonlyArray<readonly [key: string | object, value: object | null]>) {
  const ignored: Ignored[] = []
  const state = new RegistryState({ onIgnored: (_record, offset, reason) => ignored.push({ offset, reason }) })
  records.forEach(([key, value], index) => {
    const record: SchemasRecord = {
      key: typeof key === 'string' ? key : JSON.stringify(key),
      value: value && JSON.stringify(value),
      timestampMs: 1000 + index,
    }
    state.apply(record, BigInt(index))
  })
  return { state, ignored }
}

const schema = (subject: string, version: number, id: number, text = `"s${id}"`, more: object = {}) =>
  [schemaKey(subject, version), { subject, version, id, schema: text, deleted: false, ...more }] as const

test('records of old registries: with the magic 0, without `deleted`, without a type, configuration without its subject', () => {
  const { state, ignored } = stateOf([
    [
      { keytype: 'SCHEMA', subject: 'old', version: 1, magic: 0 },
      { subject: 'old', version: 1, id: 5, schema: '"int"' },
    ],
    [{ keytype: 'CONFIG', subject: 'old', magic: 0 }, { compatibilityLevel: 'FULL' }],
    [{ magic: 0, subject: null, keytype: 'CONFIG' }, { compatibilityLevel: 'NONE' }],
    [{ keytype: 'NOOP', magic: 0 }, null],
  ])
  expect(state.version('old', 1)).toMatchObject({ id: 5, isDeleted: false, content: { type: 'AVRO', text: '"int"' } })
  expect(state.config('old')).toEqual({ compatibilityLevel: 'FULL' })
  expect(state.config(undefined)).toEqual({ compatibilityLevel: 'NONE' })
  expect(ignored).toEqual([])
})

test('what cannot be read is passed over, and said', () => {
  const { state, ignored } = stateOf([
    ['not json', {}],
    [{ keytype: 'LATER', magic: 0 }, {}],
    [{ keytype: 'SCHEMA', subject: 'a', version: 1, magic: 2 }, {}],
    [schemaKey('a', 1), { subject: 'a', version: 1, schema: '"int"' }],
    [schemaKey('a', 2), [] as object],
    [{ keytype: 'MODE', subject: 'a', magic: 0 }, { mode: 'SOMETIMES' }],
    schema('a', 3, 1),
  ])
  expect(ignored.map(({ offset }) => Number(offset))).toEqual([0, 1, 2, 3, 4, 5])
  expect(ignored[1]!.reason).toBe('"keytype" has to be a kind of record that registries write, and is "LATER"')
  expect(state.ignoredCount).toBe(6)
  expect(state.versionsOf('a').map(({ version }) => version)).toEqual([3])
})

test('an id that stands for another schema is not given twice; in another context it may be', () => {
  const { state, ignored } = stateOf([
    schema('a', 1, 1, '"int"'),
    schema('b', 1, 1, '"long"'),
    schema(':.c:b', 1, 1, '"long"'),
    schema('b', 2, 1, '"int"'),
  ])
  expect(ignored).toEqual([{ offset: 1n, reason: 'id 1 of context . already stands for another schema' }])
  expect([...state.versionsWithId('.', 1)!]).toEqual([['a', 1], ['b', 2]]) // biome-ignore format: one thought
  expect([...state.versionsWithId('.c', 1)!]).toEqual([[':.c:b', 1]])
})

test('a content is kept once, and forgotten with its last version', () => {
  const { state } = stateOf([
    schema('a', 1, 1, '"int"'),
    schema('b', 1, 1, '"int"'),
    schema(':.c:a', 1, 7, '"int"'),
    [schemaKey('a', 1), null],
    [schemaKey(':.c:a', 1), null],
  ])
  expect(state.contentCount).toBe(1)
  state.apply({ key: schemaKey('b', 1), value: null }, 5n)
  expect([state.contentCount, state.subjectCount]).toEqual([0, 0])
  expect(state.idOf('.', 'ef524ea1-b91e-7317-3d93-8ade36c1db32')).toBeUndefined()
  expect(state.idMax('.')).toBe(1)
})

test('two versions share one content', () => {
  const { state } = stateOf([schema('a', 1, 1, '"int"'), schema('b', 1, 1, '"int"')])
  expect(state.version('a', 1)!.content).toBe(state.version('b', 1)!.content)
})

test('a deleted subject: all versions up to the one said, and none that come after', () => {
  const { state } = stateOf([
    schema('a', 1, 1),
    schema('a', 2, 2),
    [
      { keytype: 'DELETE_SUBJECT', subject: 'a', magic: 0 },
      { subject: 'a', version: 2 },
    ],
    schema('a', 3, 1),
    [
      { keytype: 'DELETE_SUBJECT', subject: 'gone', magic: 0 },
      { subject: 'gone', version: 2_000_000_000 },
    ],
  ])
  expect(state.versionsOf('a').map(({ isDeleted }) => isDeleted)).toEqual([true, true, false])
  expect(state.latestOf('a')!.version).toBe(3)
  const half = stateOf([
    schema('b', 1, 1),
    schema('b', 2, 2),
    [
      { keytype: 'DELETE_SUBJECT', subject: 'b', magic: 0 },
      { subject: 'b', version: 1 },
    ],
  ])
  expect(half.state.versionsOf('b').map(({ isDeleted }) => isDeleted)).toEqual([true, false])
})

test('one text with different metadata under one id: both GUIDs are found, and forgotten with it', () => {
  const { state } = stateOf([
    schema('a', 1, 1, '"int"'),
    schema('a', 2, 1, '"int"', { metadata: { properties: { a: '1' } } }),
    schema('b', 1, 1, '"int"'),
  ])
  const guids = [...state.versionsOf('a')].map(({ guid }) => guid)
  expect(new Set(guids).size).toBe(2)
  expect(guids.map(guid => state.idOf('.', guid))).toEqual([1, 1])
  for (const key of [schemaKey('a', 1), schemaKey('a', 2), schemaKey('b', 1)]) state.apply({ key, value: null }, 9n)
  expect(guids.map(guid => state.idOf('.', guid))).toEqual([undefined, undefined])
})

test('a cleared subject: what is deleted goes, the rest stays', () => {
  const { state } = stateOf([
    schema('a', 1, 1, '"int"', { deleted: true }),
    schema('a', 2, 2),
    schema(':.c:a', 1, 1, '"int"', { deleted: true }),
    [{ keytype: 'CLEAR_SUBJECT', subject: 'a', magic: 0 }, { subject: 'a' }],
    [{ keytype: 'CLEAR_SUBJECT', subject: ':.c:', magic: 0 }, { subject: ':.c:' }],
  ])
  expect(state.subjects()).toEqual(['a'])
  expect(state.versionsOf('a').map(({ version }) => version)).toEqual([2])
})

test('a version written anew keeps its place, with the time of the last record', () => {
  const { state } = stateOf([
    schema('a', 1, 1, '"int"'),
    schema('b', 1, 1, '"int"'),
    schema('a', 1, 1, '"int"', { deleted: true }),
  ])
  expect([...state.versionsWithId('.', 1)!.keys()]).toEqual(['a', 'b'])
  expect(state.version('a', 1)).toMatchObject({ isDeleted: true, timestampMs: 1002 })
})

test('a version that gets another id gives the old one back', () => {
  const { state } = stateOf([schema('a', 1, 1, '"int"'), schema('a', 1, 2, '"long"')])
  expect(state.versionsWithId('.', 1)).toBeUndefined()
  expect([...state.versionsWithId('.', 2)!]).toEqual([['a', 1]])
  expect(state.contentCount).toBe(1)
})

test('who refers to whom follows versions, also when two have the same id', () => {
  const references = [{ name: 'X', subject: 'x', version: 1 }]
  const { state } = stateOf([
    schema('x', 1, 1),
    schema('a', 1, 2, '"X"', { references }),
    schema('b', 1, 2, '"X"', { references }),
    [schemaKey('a', 1), null],
  ])
  expect(state.referrersOf('x', 1)).toEqual([{ context: '.', id: 2 }])
  state.apply({ key: schemaKey('b', 1), value: null }, 9n)
  expect(state.referrersOf('x', 1)).toEqual([])
})

test('versions that come out of order stand in order', () => {
  const { state } = stateOf([schema('a', 7, 7), schema('a', 3, 3), schema('a', 5, 5)])
  expect(state.versionsOf('a').map(({ version }) => version)).toEqual([3, 5, 7])
  expect(state.version('a', 5)!.id).toBe(5)
  expect(state.version('a', 4)).toBeUndefined()
})

test('unknown fields of newer registries are kept', () => {
  const { state } = stateOf([
    schema('a', 1, 1, '"int"', { offset: 12, ts: 5, sealed: { by: 'x' } }),
    [
      { keytype: 'CONFIG', subject: 'a', magic: 0 },
      { subject: 'a', offset: 1, compatibilityLevel: 'FULL', later: 1 },
    ],
  ])
  expect(state.version('a', 1)!.unknown).toEqual({ sealed: { by: 'x' } })
  expect(state.config('a')).toEqual({ compatibilityLevel: 'FULL', unknown: { later: 1 } })
})

// Files that need each other, in whatever order they come.

import { expect, test } from 'vitest'
import { readJson } from '../avro/json-reader.ts'
import { resolvedReferences, schemaFilesOf, withAllNeeds } from './schema-files.ts'
import { schemaNames } from './schema-names.ts'

const record = (name: string, ...types: unknown[]) =>
  JSON.stringify({ type: 'record', name, fields: types.map((type, index) => ({ name: `f${index}`, type })) })

const texts = {
  'a.avsc': record('x.A', 'x.B', ['null', 'x.C']),
  'b.avsc': record('x.B', 'C'),
  'c.avsc': record('x.C', 'string', 'x.C'),
  'd.avsc': '"string"',
}
const read = (all: Record<string, string>) => schemaFilesOf(Object.entries(all).map(([path, text]) => ({ path, text })))

test('each after those that it needs', () => {
  for (const order of [
    ['a', 'b', 'c', 'd'],
    ['d', 'c', 'b', 'a'],
    ['b', 'a', 'd', 'c'],
  ]) {
    const all = Object.fromEntries(order.map(name => [`${name}.avsc`, texts[`${name}.avsc` as 'a.avsc']]))
    const { files, faults } = read(all)
    expect(faults).toEqual([])
    const paths = files.map(({ path }) => path)
    expect(paths.filter(path => path !== 'd.avsc')).toEqual(['c.avsc', 'b.avsc', 'a.avsc'])
    const a = files.find(({ path }) => path === 'a.avsc')!
    expect(a.needs.map(({ path }) => path)).toEqual(['b.avsc', 'c.avsc'])
    expect(withAllNeeds([a]).map(({ path }) => path)).toEqual(['c.avsc', 'b.avsc', 'a.avsc'])
    expect(resolvedReferences(a.needs).map(({ name }) => name)).toEqual(['x.C', 'x.B'])
    expect(a.schema.formatted('resolved')).toContain('"name":"C"')
  }
})

test('what is wrong with a file, and with those that need it', () => {
  const { files, faults } = read({ ...texts, 'c.avsc': '{"type":"record","name":"x.C","fields":[{"name":"n"}]}' })
  expect(files.map(({ path }) => path)).toEqual(['d.avsc'])
  expect(faults.map(({ path }) => path)).toEqual(['c.avsc', 'b.avsc', 'a.avsc'])
  expect(faults[1]!.sentence).toContain('it needs x.C of c.avsc')
})

test('circles, names that nobody defines, names that two define, and what is no JSON', () => {
  const sentences = (all: Record<string, string>) =>
    read(all).faults.map(({ path, sentence }) => `${path}: ${sentence}`)
  const [circle, ...others] = sentences({ 'a.avsc': record('A', 'B'), 'b.avsc': record('B', 'A') })
  expect(circle).toContain('a.avsc -> b.avsc -> a.avsc refer to each other in a circle')
  expect(others).toHaveLength(2)
  expect(sentences({ 'a.avsc': record('x.A', 'Missing') })[0]).toContain('none of the files given defines x.Missing')
  expect(sentences({ 'a.avsc': record('A'), 'b.avsc': record('A') })).toEqual([
    'b.avsc: A is defined in a.avsc too: rename one of them',
  ])
  expect(sentences({ 'a.avsc': '{"type":' })[0]).toMatch(/^a\.avsc: /)
})

test('names: namespaces, aliases of none, and a depth that no stack bears', () => {
  const names = (schema: unknown) => schemaNames(readJson(JSON.stringify(schema)))
  const inner = { type: 'enum', name: 'E', symbols: ['A'] }
  const schema = {
    type: 'record',
    name: 'a.b.R',
    fields: [
      { name: 'e', type: inner },
      { name: 'f', type: 'F' },
      { name: 'g', type: '.G' },
    ],
  }
  expect(names(schema)).toEqual({ defined: ['a.b.R', 'a.b.E'], used: ['a.b.F', '.G'], ownName: 'a.b.R' })
  expect(names({ ...schema, namespace: 'ignored' }).ownName).toBe('a.b.R')
  expect(names(['null', 'string', { type: 'map', values: 'M' }])).toEqual({
    defined: [],
    used: ['M'],
    ownName: undefined,
  })
  let deep: unknown = 'Deep'
  for (let depth = 0; depth < 900; depth += 1) deep = { type: 'array', items: deep }
  expect(names(deep).used).toEqual(['Deep'])
})

// Schemas of a size that nobody writes by hand: they are read, or refused with a sentence, and nothing overflows.

import { describe, expect, test } from 'vitest'
import type { Schema } from '../types/schema-type.ts'
import type { UnionNode } from './avro-node.ts'
import { avroType } from './avro-type.ts'
import { faultsMax, incompatibilities, pairsMax } from './compatibility.ts'

const parse = (schema: unknown) => avroType.parse(typeof schema === 'string' ? schema : JSON.stringify(schema), [])
const record = (name: string, ...types: unknown[]) => ({
  type: 'record',
  name,
  fields: types.map((type, i) => ({ name: `f${i}`, type })),
})

/** Records of which each has the next, and the last the first. */
const ring = (length: number) => {
  const names = Array.from({ length }, (_, i) => `N${i}`)
  return names.map((name, i) => record(name, ['null', names[(i + 1) % length]]))
}

describe('large schemas', () => {
  test('10 MB', () => {
    const fields = Array.from({ length: 100_000 }, (_, i) => ({
      name: `field_${i}`,
      type: ['null', 'string'],
      doc: 'x'.repeat(20),
      default: null,
    }))
    const text = JSON.stringify({ type: 'record', name: 'Wide', fields })
    expect(text.length).toBeGreaterThan(9_000_000)
    const schema = parse(text)
    expect(schema.canonicalText === text).toBe(true)
    expect(schema.incompatibilitiesWith(schema)).toEqual([])
  })

  test('20,000 records, each used before it is defined', () => {
    const names = Array.from({ length: 20_000 }, (_, i) => record(`R${i}`, `R${i + 1}`))
    expect(() => parse([...names, record('R20000')])).toThrow('deeper than 1000 levels')
    const flat = Array.from({ length: 5000 }, (_, i) => record(`R${i}`, 'int'))
    expect(parse(flat).parsingForm).toContain('"R4999"')
  })

  test('a text that is flat and becomes deep when types are written where they are used', () => {
    const chain = (length: number) => [
      ...Array.from({ length }, (_, i) => record(`R${i}`, `R${i + 1}`)),
      record(`R${length}`),
    ]
    expect(parse(chain(320)).canonicalText).toContain('R320')
    expect(() => parse(chain(340))).toThrow(
      'With each type written where it is first used, the schema is nested deeper than 1000 levels',
    )
  })

  test('defaults of defaults that double with each level', () => {
    const levels = Array.from({ length: 60 }, (_, i) => ({
      type: 'record',
      name: `D${i}`,
      fields: i === 0 ? [] : ['a', 'b'].map(name => ({ name, type: `D${i - 1}`, default: {} })),
    }))
    expect(parse(levels).canonicalText).toContain('"D59"')
  })
})

describe('comparisons that grow', () => {
  test('rings whose lengths have no common divisor', () => {
    const heads = [131, 127].map(length => (parse(ring(length)).node as UnionNode).types[0]!)
    const found = incompatibilities(heads[0]!, heads[1]!)
    expect(found.map(({ type, path }) => `${type} ${path}`)).toEqual(['MISSING_UNION_BRANCH /fields/0/type/1'])
  })

  test('more faults than are told', () => {
    const reader = parse(record('R', ...Array.from({ length: faultsMax + 5 }, () => 'int')))
    expect(incompatibilities(reader.node, parse(record('R')).node)).toHaveLength(faultsMax)
  })

  test('more pairs than are compared', () => {
    const branches = (prefix: string) =>
      parse(Array.from({ length: 30 }, (_, i) => ({ type: 'fixed', name: `${prefix}${i}`, size: 1 }))).node
    const pairs = 1 + 30 + 30 * 30
    expect(incompatibilities(branches('A'), branches('B'), pairs)).toHaveLength(30)
    expect(incompatibilities(branches('A'), branches('B'), pairs - 1)).toMatchObject([{ type: 'TOO_LARGE_TO_COMPARE' }])
    expect(pairsMax).toBeGreaterThan(pairs)
  })

  test('faults that double with each level', () => {
    const doubling = (leaf: unknown) =>
      parse(Array.from({ length: 40 }, (_, i) => record(`D${i}`, ...(i === 0 ? [leaf] : [`D${i - 1}`, `D${i - 1}`]))))
    const [reader, writer] = ['int', 'string'].map(leaf => (doubling(leaf).node as UnionNode).types[39]!)
    expect(incompatibilities(reader!, writer!)).toHaveLength(faultsMax)
  })
})

describe('faults that Java has no name for', () => {
  test('a field that matches several of the writer', () => {
    const reader = parse({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'int', aliases: ['b'] }] })
    const writer = parse({ type: 'record', name: 'R', fields: ['a', 'b'].map(name => ({ name, type: 'int' })) })
    expect(reader.incompatibilitiesWith(writer)).toMatchObject([
      {
        type: 'READER_FIELD_AMBIGUOUS',
        message: `Reader record field a type:INT pos:0 matches multiple fields in writer record schema ${writer.canonicalText}`,
      },
    ])
  })

  test('another kind of schema', () => {
    const schema = parse('"int"')
    const other: Schema = {
      type: 'JSON',
      canonicalText: '',
      normalizedText: '',
      formatted: () => '',
      incompatibilitiesWith: () => [],
    }
    expect(schema.incompatibilitiesWith(other)).toMatchObject([{ type: 'SCHEMA_TYPE_MISMATCH' }])
  })
})

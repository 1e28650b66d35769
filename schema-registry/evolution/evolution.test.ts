// What is different between schemas, and what each level says of it.

import { describe, expect, test } from 'vitest'
import { avroType } from '../avro/avro-type.ts'
import { adviceFor, compatibilityLevels, upgradeOrder, verdictAt } from './compatibility-levels.ts'
import { schemaChanges } from './schema-changes.ts'

const parse = (schema: unknown) => avroType.parse(JSON.stringify(schema), [])
const record = (...fields: object[]) => ({ type: 'record', name: 'Order', namespace: 'a', fields })
const changes = (before: unknown, after: unknown) =>
  schemaChanges(parse(before).node, parse(after).node).map(({ kind, path, sentence }) => `${kind} ${path}: ${sentence}`)

describe('changes', () => {
  test('fields', () => {
    const before = record(
      { name: 'id', type: 'int' },
      { name: 'gone', type: ['null', 'string'], default: null },
      { name: 'sum', type: 'int' },
    )
    const after = record(
      { name: 'id', type: 'long', default: 1 },
      { name: 'currency', type: 'string', default: 'EUR' },
      { name: 'total', type: 'int', aliases: ['sum'] },
    )
    expect(changes(before, after)).toEqual([
      'changed id: default 1, it had no default',
      'changed id: type int is now long',
      'added currency: field of type string, default "EUR"',
      'renamed total: field sum, which is an alias of it',
      'removed gone: field of type null or string, default null',
    ])
    expect(changes(before, before)).toEqual([])
  })

  test('within lists, maps and records, and in types that contain themselves', () => {
    const nested = (type: unknown, name = 'Line') =>
      record(
        { name: 'lines', type: { type: 'array', items: { type: 'record', name, fields: [{ name: 'price', type }] } } },
        { name: 'by', type: { type: 'map', values: type } },
        { name: 'parent', type: ['null', 'Order'] },
      )
    expect(changes(nested('int'), nested('double', 'Row'))).toEqual([
      'renamed lines[]: record a.Line is now a.Row',
      'changed lines[].price: type int is now double',
      'changed by{}: type int is now double',
    ])
  })

  test('branches, symbols, sizes, logical types', () => {
    const symbols = (...names: string[]) => ({ type: 'enum', name: 'E', symbols: names })
    expect(changes(symbols('A', 'B'), { ...symbols('A', 'C'), default: 'A' })).toEqual([
      'added : symbol C of E',
      'removed : symbol B of E',
      'changed : default of E is A, it was none',
    ])
    expect(changes('string', ['null', 'string'])).toEqual(['added : it may be null too'])
    expect(changes(['null', 'string', 'int'], ['null', 'string'])).toEqual(['removed : it is no int any more'])
    expect(changes({ type: 'fixed', name: 'F', size: 4 }, { type: 'fixed', name: 'F', size: 8 })).toEqual([
      'changed : F has 8 bytes, it had 4',
    ])
    const decimal = (scale: number) => ({ type: 'bytes', logicalType: 'decimal', precision: 9, scale })
    expect(changes(decimal(2), decimal(3))).toEqual(['changed : type bytes (decimal 9.2) is now bytes (decimal 9.3)'])
    expect(changes('int', { type: 'int', logicalType: 'date' })).toEqual(['changed : type int is now int (date)'])
  })
})

describe('levels', () => {
  const one = parse(record({ name: 'id', type: 'int' }))
  const two = parse(record({ name: 'id', type: 'int' }, { name: 'note', type: 'string' }))
  const earlier = [
    { version: 1, schema: one },
    { version: 4, schema: two },
  ]
  const allowed = (candidate: typeof one) =>
    compatibilityLevels.filter(level => verdictAt(level, candidate, earlier).faults.length === 0)

  test('which allow what', () => {
    // The same as the latest, which version 1 reads and which cannot read version 1.
    expect(allowed(two)).toEqual(['NONE', 'BACKWARD', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL'])
    // Without the note: it reads all there is, and version 4 cannot read it.
    expect(allowed(one)).toEqual(['NONE', 'BACKWARD', 'BACKWARD_TRANSITIVE'])
    expect(allowed(parse(record({ name: 'id', type: 'string' })))).toEqual(['NONE'])
  })

  test('which version, which direction, what to do', () => {
    const { comparedWith, faults } = verdictAt('FULL_TRANSITIVE', two, earlier)
    expect(comparedWith).toEqual([1, 4])
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatchObject({
      version: 1,
      direction: 'backward',
      incompatibility: { type: 'READER_FIELD_MISSING_DEFAULT_VALUE', path: '/fields/1' },
    })
    expect(adviceFor(faults[0]!)).toBe(
      'give the new field a default, or, if it was only renamed, its old name as an alias',
    )
  })

  test('who is upgraded first', () => {
    const orders = compatibilityLevels.map(level => upgradeOrder(level))
    expect(orders.slice(1, 4)).toEqual(['consumers first', 'consumers first', 'producers first'])
    expect(orders.at(-1)).toBe('in any order')
  })
})

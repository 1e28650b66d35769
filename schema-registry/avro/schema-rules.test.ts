// Each rule of the specification, with the place and the sentence. That Java accepts and refuses the same is java-vectors.test.ts.

import { describe, expect, test } from 'vitest'
import { InvalidSchemaError } from '../types/invalid-schema-error.ts'
import { avroType } from './avro-type.ts'

function problem(schema: unknown, references: readonly string[] = [], isStored = false): string {
  const given = references.map((text, i) => ({ name: `r${i}`, subject: `s${i}`, version: i + 1, text }))
  try {
    return `valid: ${avroType.parse(JSON.stringify(schema), given, { isStored }).canonicalText}`
  } catch (cause) {
    if (cause instanceof InvalidSchemaError) return cause.message
    throw cause
  }
}

const record = (...fields: unknown[]) => ({ type: 'record', name: 'R', fields })
const field = (type: unknown, more: object = {}) => ({ name: 'f', type, ...more })

const wrong: readonly (readonly [unknown, string])[] = [
  [7, 'A schema is a name, an object with a "type", or an array for a union; not the number 7'],
  [null, 'A schema is a name, an object with a "type", or an array for a union; not null'],
  ['Unknown', '"Unknown" is not known: define it in this schema, or name the schema that defines it as a reference'],
  [{ type: ['null', 'int'] }, '"type" of a schema that is an object must be a text; it is an array (at /type)'],
  [{}, '"type" of a schema that is an object must be a text; it has none'],
  [{ type: 'R' }, '"R" is no kind of type: it must be record, enum, fixed, array, map, error or a primitive type; a type that is defined elsewhere is referred to by its name alone, not in an object (at /type)'], // biome-ignore format: one line
  [record(field('Other')), '"Other" is not known: define it in this schema, or name the schema that defines it as a reference (at /fields/0/type)'], // biome-ignore format: one line
  [{ type: 'record', fields: [] }, '"name" of a type of kind record must be a text; it has none'],
  [{ type: 'record', name: 'R' }, 'The record "R" needs "fields": an array of its fields'],
  [{ type: 'record', name: '1R', fields: [] }, '"1R" cannot be the name of a type of kind record: a name starts with one of A-Z, a-z or _, and goes on with those and 0-9 (at /name)'], // biome-ignore format: one line
  [{ type: 'record', name: 'a..R', fields: [] }, 'In the namespace "a." a part is no name: a name starts with one of A-Z, a-z or _, and goes on with those and 0-9'], // biome-ignore format: one line
  [
    { type: 'record', name: 'string', fields: [] },
    '"string" is a primitive type: no other type may have its name (at /name)',
  ],
  [
    { type: 'record', name: 'R', fields: [], aliases: 'A' },
    '"aliases" must be an array of names, not the text "A" (at /aliases)',
  ],
  [{ type: 'record', name: 'R', fields: [], aliases: [1] }, 'An alias is a name, not the number 1 (at /aliases/0)'],
  [{ type: 'record', name: 'R', fields: [], aliases: ['n.a-b'] }, 'In the alias "n.a-b" a part is no name: a name starts with one of A-Z, a-z or _, and goes on with those and 0-9 (at /aliases/0)'], // biome-ignore format: one line
  [record('f'), 'A field is an object with "name" and "type", not the text "f" (at /fields/0)'],
  [record({ name: 'f' }), 'The field "f" has no "type" (at /fields/0)'],
  [record({ type: 'int' }), '"name" of a field must be a text; it has none (at /fields/0)'],
  [record({ name: 'a.b', type: 'int' }), '"a.b" cannot be the name of a field: a name starts with one of A-Z, a-z or _, and goes on with those and 0-9 (at /fields/0/name)'], // biome-ignore format: one line
  [record(field('int'), field('long')), 'The record "R" has two fields "f"; the other is field 0 (at /fields/1)'],
  [record(field('int', { order: 'up' })), '"order" must be "ascending", "descending" or "ignore" (at /fields/0/order)'],
  [record(field('int', { default: 'a' })), 'The default of the field "f" does not suit the field\'s type: it is the text "a" (at /fields/0/default)'], // biome-ignore format: one line
  [record(field('int', { default: 2147483648 })), 'The default of the field "f" does not suit the field\'s type: it is the number 2147483648 (at /fields/0/default)'], // biome-ignore format: one line
  [record(field('double', { default: 'one' })), 'The text "one" is no number (at /fields/0/default)'],
  [record(field('R', { default: {} })), 'The default of the field "f" needs the fields of "R", which is defined by way of this field; leave the default out, or make it null in a union with null (at /fields/0/default)'], // biome-ignore format: one line
  [{ type: 'enum', name: 'E' }, 'The enum "E" needs "symbols": an array of names'],
  [{ type: 'enum', name: 'E', symbols: ['A', 1] }, 'A symbol of an enum is a name, not the number 1 (at /symbols/1)'],
  [{ type: 'enum', name: 'E', symbols: ['A', 'A'] }, 'The enum "E" has the symbol "A" twice (at /symbols/1)'],
  [{ type: 'enum', name: 'E', symbols: ['a b'] }, '"a b" cannot be the name of a symbol: a name starts with one of A-Z, a-z or _, and goes on with those and 0-9 (at /symbols/0)'], // biome-ignore format: one line
  [
    { type: 'enum', name: 'E', symbols: ['A'], default: 'B' },
    'The default "B" of the enum "E" is none of its symbols (at /default)',
  ],
  [
    { type: 'fixed', name: 'F' },
    'A fixed type needs "size": a whole number of bytes, from 0 to 2147483639; not nothing',
  ],
  [{ type: 'fixed', name: 'F', size: -1 }, 'A fixed type needs "size": a whole number of bytes, from 0 to 2147483639; not the number -1 (at /size)'], // biome-ignore format: one line
  [{ type: 'array' }, 'The array has no "items": the schema of its items'],
  [
    { type: 'map', values: null },
    'A schema is a name, an object with a "type", or an array for a union; not null (at /values)',
  ],
  [['int', ['null']], 'A union may not stand directly in a union (at /1)'],
  [['int', 'null', { type: 'int' }], 'The union has two branches "int"; a reader could not tell them apart'],
  [[{ type: 'array', items: 'int' }, { type: 'array', items: 'long' }], 'The union has two branches "array"; a reader could not tell them apart'], // biome-ignore format: one line
  [
    record(field(['R', 'null', 'R'])),
    'The union has two branches "R"; a reader could not tell them apart (at /fields/0/type/0)',
  ],
  [record(field({ type: 'fixed', name: 'X', size: 1 }), { name: 'g', type: { type: 'fixed', name: 'X', size: 2 } }), '"X" is defined a second time, differently; give one of the two another name (at /fields/1/type)'], // biome-ignore format: one line
]

const right: readonly (readonly [unknown, string])[] = [
  ['string', '"string"'],
  [{ type: 'string', doc: 'not kept' }, '"string"'],
  [[], '[]'],
  [['null', 'int'], '["null","int"]'],
  [{ ...record(field(['null', 'R'], { default: null })), namespace: 'n', 'x-y': [1] }, '{"type":"record","name":"R","namespace":"n","fields":[{"name":"f","type":["null","R"],"default":null}],"x-y":[1]}'], // biome-ignore format: one line
  [{ type: 'fixed', name: 'n.array', size: 0 }, '{"type":"fixed","name":"array","namespace":"n","size":0}'],
  [{ type: 'int', logicalType: 'uuid' }, '{"type":"int","logicalType":"uuid"}'],
  [record(field('double', { default: 'NaN', order: 'IGNORE' })), '{"type":"record","name":"R","fields":[{"name":"f","type":"double","default":"NaN","order":"ignore"}]}'], // biome-ignore format: one line
  [record(field('Later'), { name: 'g', type: { type: 'fixed', name: 'Later', size: 1 } }), '{"type":"record","name":"R","fields":[{"name":"f","type":{"type":"fixed","name":"Later","size":1}},{"name":"g","type":"Later"}]}'], // biome-ignore format: one line
  [record(field({ type: 'fixed', name: 'X', size: 1 }), { name: 'g', type: { type: 'fixed', name: 'X', size: 1 } }), '{"type":"record","name":"R","fields":[{"name":"f","type":{"type":"fixed","name":"X","size":1}},{"name":"g","type":"X"}]}'], // biome-ignore format: one line
]

describe('rules of Avro', () => {
  test.each(wrong)('%j is refused', (schema, sentence) => expect(problem(schema)).toBe(sentence))
  test.each(right)('%j is valid', (schema, text) => expect(problem(schema)).toBe(`valid: ${text}`))

  test('what is stored already may be looser', () => {
    const loose = { type: 'record', name: 'größe', namespace: 'a-b', fields: [field('int', { default: 'x' })] }
    expect(problem(loose)).toContain('cannot be the name')
    expect(problem(loose, [], true)).toContain('valid')
    expect(problem({ ...loose, name: 'gr-ö' }, [], true)).toContain('goes on with letters')
  })

  test('a whole number beyond 64 bits is kept where Java keeps it', () => {
    const large = (type: string) => `{"type":${type},"big":99999999999999999999}`
    expect(avroType.parse(large('"int"'), []).canonicalText).toBe('{"type":"int","big":99999999999999999999}')
    expect(() => avroType.parse(large('"array","items":"int"'), [])).toThrow('more than 64 bits')
  })
})

describe('references', () => {
  const money = '{"type":"record","name":"Money","namespace":"n","fields":[{"name":"unit","type":{"type":"enum","name":"Unit","symbols":["EUR"]}}]}' // biome-ignore format: one line
  const order = record(field('n.Money'), { name: 'g', type: 'n.Unit' })

  test('are not defined in the text, but what they define within is', () => {
    expect(problem(order, [money])).toBe(
      'valid: {"type":"record","name":"R","fields":[{"name":"f","type":"n.Money"},' +
        '{"name":"g","type":{"type":"enum","name":"Unit","namespace":"n","symbols":["EUR"]}}]}',
    )
  })

  test('are written out in the resolved text', () => {
    const given = [{ name: 'n.Money', subject: 's', version: 1, text: money }]
    const schema = avroType.parse(JSON.stringify(order), given)
    expect(schema.formatted('resolved')).toContain(`"type":${money.replace('"namespace":"n",', '"namespace":"n",')}`)
    expect(schema.formatted('')).toBe(schema.canonicalText)
    expect(schema.formatted('unknown')).toBe(schema.canonicalText)
    expect(avroType.parse(schema.formatted('resolved'), []).parsingForm).toBe(schema.parsingForm)
  })

  test('say which of them cannot be used', () => {
    expect(problem('A', ['{"type":"fixed","name":"A"}'])).toBe(
      'The reference "r0" (version 1 of subject "s0") cannot be used: A fixed type needs "size": a whole number of bytes, from 0 to 2147483639; not nothing', // biome-ignore format: one line
    )
  })
})

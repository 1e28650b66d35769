import { describe, expect, test } from 'vitest'
import { avroType } from '../avro-type.ts'
import { valueDepthMax } from './byte-writer.ts'
import { AvroCodec, type AvroCodecOptions } from './codec.ts'
import { AvroValueError } from './value-error.ts'

const parse = (schema: unknown) => avroType.parse(JSON.stringify(schema), [])
const codec = (schema: unknown, options?: AvroCodecOptions) => new AvroCodec(parse(schema), options)
const record = (...fields: unknown[]) => ({ type: 'record', name: 'R', fields })
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

function problem(act: () => unknown): string {
  try {
    return `no problem: ${String(act())}`
  } catch (cause) {
    if (cause instanceof AvroValueError) return cause.message
    throw cause
  }
}

const roundTrip = (schema: unknown, value: unknown, options?: AvroCodecOptions) => {
  const { encode, decode } = {
    encode: (v: unknown) => codec(schema, options).encode(v),
    decode: (b: Uint8Array) => codec(schema, options).decode(b),
  }
  return decode(encode(value))
}

describe('longs', () => {
  const safe = Number.MAX_SAFE_INTEGER
  const beyond = 2n ** 53n + 1n

  test('are never rounded', () => {
    for (const value of [0, -1, 2 ** 31, -(2 ** 51) - 1, 2 ** 51 + 1, safe, -safe])
      expect(roundTrip('long', value)).toBe(value)
    for (const value of [beyond, -beyond, 2n ** 63n - 1n, -(2n ** 63n)]) expect(roundTrip('long', value)).toBe(value)
    expect(problem(() => codec('long').encode(2 ** 53))).toBe(
      'the number 9007199254740992 is beyond 2^53 and may have been rounded; give the exact one as a bigint',
    )
    expect(problem(() => codec('long').encode(2n ** 63n))).toBe(
      'A whole number of 64 bits is expected here, not the bigint 9223372036854775808',
    )
    expect(problem(() => codec('long').encode(1.5))).toContain('A whole number (a number or a bigint) is expected here')
  })

  test('come as numbers, as bigints, or as what is exact', () => {
    expect(roundTrip('long', 5n)).toBe(5)
    expect(roundTrip('long', 5, { longs: 'bigint' })).toBe(5n)
    expect(roundTrip('long', 5n, { longs: 'number' })).toBe(5)
    expect(problem(() => roundTrip(record(field('a', 'long')), { a: beyond }, { longs: 'number' }))).toBe(
      'The long 9007199254740993 would be rounded as a number; read longs as bigint, or as either (at /a)',
    )
  })

  test('an int that is read as a long has the form of longs', () => {
    expect(codec('long', { longs: 'bigint' }).decoderOf(parse('int')).decode(codec('int').encode(-3))).toBe(-3n)
  })
})

describe('unions', () => {
  test('a value stands alone where shapes differ', () => {
    const schema = ['null', 'boolean', 'long', 'string', 'bytes', { type: 'array', items: 'int' }, record(field('a', 'int')), { type: 'long', logicalType: 'timestamp-millis' }].slice(0, 7) // biome-ignore format: a list
    for (const value of [null, true, 7, 'x', new Uint8Array([1]), [1, 2], { a: 1 }])
      expect(roundTrip(schema, value)).toEqual(value)
    expect(problem(() => codec(['null', 'int']).encode('x'))).toBe(
      'A value of the union of null, int is expected here, not "x"',
    )
    expect(problem(() => codec(['null', 'int']).encode(undefined))).toContain('not undefined')
  })

  test('a value is wrapped where two have the same shape', () => {
    const schema = ['null', 'int', 'double', { ...record(field('a', 'int')), namespace: 'n' }]
    for (const value of [null, { int: 1 }, { double: 1 }, { 'n.R': { a: 1 } }])
      expect(roundTrip(schema, value)).toEqual(value)
    expect(problem(() => codec(schema).encode(1))).toBe(
      'An object with one key, the branch of the union (null, int, double, n.R), is expected here, not the number 1',
    )
    expect(problem(() => codec(schema).encode({ 'n.R': { a: 'x' } }))).toBe(
      'A whole number of 32 bits is expected here, not "x" (at /n.R/a)',
    )
  })

  test('logical types count with their own shapes', () => {
    const schema = [
      'null',
      { type: 'long', logicalType: 'timestamp-millis' },
      { type: 'bytes', logicalType: 'decimal', precision: 4 },
    ]
    for (const value of [null, new Date(5), '12']) expect(roundTrip(schema, value)).toEqual(value)
    for (const value of [null, 5, new Uint8Array([12])])
      expect(roundTrip(schema, value, { logicalTypes: false })).toEqual(value)
  })

  test('a branch is found by its own name before one is by an alias', () => {
    const schema = [
      { ...record(field('a', 'int')), aliases: ['S'] },
      { ...record(field('b', 'int')), name: 'S' },
    ]
    expect(roundTrip(schema, { S: { b: 1 } })).toEqual({ S: { b: 1 } })
  })

  test('are wrapped as the reader has them, whatever the writer wrote', () => {
    const written = codec('int').encode(5)
    expect(codec(['null', 'long', 'string']).decoderOf(parse('int')).decode(written)).toBe(5)
    expect(codec(['float', 'long']).decoderOf(parse('int')).decode(written)).toEqual({ float: 5 })
    expect(
      codec('double')
        .decoderOf(parse(['string', 'int']))
        .decode(bytes('02 0a')),
    ).toBe(5)
  })
})

describe('records', () => {
  const schema = record(
    field('a', 'int', { default: 7 }),
    field('b', ['null', 'string'], { default: null }),
    field('c', 'string'),
  )

  test('a missing field takes its default', () => {
    expect(roundTrip(schema, { c: 'x' })).toEqual({ a: 7, b: null, c: 'x' })
    expect(problem(() => codec(schema).encode({ a: 1 }))).toBe(
      'The field is missing, and its schema has no default for it (at /c)',
    )
    expect(problem(() => codec(schema).encode({ a: null, c: 'x' }))).toBe(
      'A whole number of 32 bits is expected here, not null (at /a)',
    )
  })

  test('what every object has is no field', () => {
    const odd = record(
      field('constructor', 'int', { default: 1 }),
      field('__proto__', 'int'),
      field('toString', ['null', 'int'], { default: null }),
    )
    const value = codec(odd).decode(bytes('02 06 00')) as object
    expect(Object.entries(value)).toEqual([['constructor', 1], ['__proto__', 3], ['toString', null]]) // biome-ignore format: one thought
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Buffer.from(codec(odd).encode(JSON.parse('{"__proto__":3}'))).toString('hex')).toBe('020600')
  })

  test('defaults that can be changed are values of their own', () => {
    const reader = codec(record(field('list', { type: 'array', items: 'int' }, { default: [1] })))
    const decoder = reader.decoderOf(parse(record()))
    const [first, second] = [decoder.decode(bytes('')), decoder.decode(bytes(''))] as { list: number[] }[]
    first!.list.push(2)
    expect(second).toEqual({ list: [1] })
  })

  test('recursive types', () => {
    const node = record(field('value', 'long'), field('next', ['null', 'R'], { default: null }))
    const value = { value: 1, next: { value: 2, next: { value: 3, next: null } } }
    expect(roundTrip(node, value)).toEqual(value)
  })

  test('fields come and go, move, and change their names and types', () => {
    const old = record(field('gone', { type: 'map', values: 'string' }), field('name', 'string'), field('count', 'int'))
    const now = record(field('total', 'double', { aliases: ['count'] }), field('title', 'bytes', { aliases: ['name'] }), field('new', 'string', { default: 'd' })) // biome-ignore format: one line
    const written = codec(old).encode({ gone: { a: 'b' }, name: 'n', count: 3 })
    expect(codec(now).decoderOf(parse(old)).decode(written)).toEqual({
      total: 3,
      title: new Uint8Array([110]),
      new: 'd',
    })
  })

  test('an alias wins over a new field of the old name', () => {
    const now = record(field('a', 'int', { default: 0 }), field('b', 'int', { aliases: ['a'] }))
    expect(
      codec(now)
        .decoderOf(parse(record(field('a', 'int'))))
        .decode(bytes('0a')),
    ).toEqual({ a: 0, b: 5 })
  })
})

describe('maps, enums, fixed types', () => {
  test('a map may be an object or a Map, with any key', () => {
    const map = { type: 'map', values: 'int' }
    const value = codec(map).decode(codec(map).encode(new Map([['__proto__', 1], ['', 2]]))) // biome-ignore format: one thought
    expect(Object.entries(value as object)).toEqual([['__proto__', 1], ['', 2]]) // biome-ignore format: one thought
    expect(problem(() => codec(map).encode({ a: 1, 'b/c': 'x' }))).toContain('(at /b~1c)')
    expect(problem(() => codec(map).encode([1]))).toBe('A map (an object or a Map) is expected here, not an array')
  })

  test('enums and their defaults', () => {
    const [now, old] = [{ type: 'enum', name: 'E', symbols: ['A', 'B'], default: 'A' }, { type: 'enum', name: 'E', symbols: ['X', 'B'] }] // biome-ignore format: one thought
    expect(
      [0, 1].map(i =>
        codec(now)
          .decoderOf(parse(old))
          .decode(new Uint8Array([i * 2])),
      ),
    ).toEqual(['A', 'B'])
    expect(problem(() => codec(old).decoderOf(parse(now)).decode(bytes('00')))).toBe(
      'The reader\'s enum "E" has no symbol "A" and no default',
    )
    expect(problem(() => codec(now).encode('C'))).toBe('A symbol of "E" (A, B) is expected here, not "C"')
  })

  test('fixed types have their size', () => {
    const fixed = { type: 'fixed', name: 'F', size: 2 }
    expect(roundTrip(fixed, new Uint8Array([1, 2]))).toEqual(new Uint8Array([1, 2]))
    expect(problem(() => codec(fixed).encode(new Uint8Array(3)))).toBe('2 bytes of "F" are expected here, not 3 bytes')
  })
})

describe('logical types', () => {
  const decimal = (precision: number, scale: number) => ({ type: 'bytes', logicalType: 'decimal', precision, scale })

  test('refuse what they would round or cannot hold', () => {
    expect(problem(() => codec(decimal(4, 2)).encode('1.234'))).toBe(
      'The decimal has 3 digits behind the point and its type 2; round it before it is written',
    )
    expect(codec(decimal(4, 2)).decode(codec(decimal(4, 2)).encode('1.230'))).toBe('1.23')
    expect(problem(() => codec(decimal(4, 2)).encode('100'))).toBe(
      'The decimal 100 has more than the 4 digits of its type',
    )
    expect(problem(() => codec(decimal(4, 2)).encode(1.5))).toContain(
      'A decimal as a text, such as "12.50", is expected here',
    )
    expect(problem(() => codec({ type: 'int', logicalType: 'date' }).encode('2026-02-30'))).toBe(
      'The calendar has no 2026-02-30',
    )
    expect(problem(() => codec({ type: 'int', logicalType: 'time-millis' }).encode('10:00:00.0001'))).toContain(
      'is finer than millis',
    )
    expect(problem(() => codec({ type: 'int', logicalType: 'time-millis' }).encode('24:00:00'))).toContain(
      'A time of day as a text',
    )
    expect(problem(() => codec({ type: 'string', logicalType: 'uuid' }).encode('x'))).toContain('A UUID as a text')
    expect(problem(() => codec({ type: 'long', logicalType: 'timestamp-millis' }).encode(5))).toBe(
      'A Date is expected here, not the number 5',
    )
  })

  test('refuse to be read as something else', () => {
    const written = codec(decimal(4, 2)).encode('1.25')
    expect(
      problem(() =>
        codec(decimal(6, 3))
          .decoderOf(parse(decimal(4, 2)))
          .decode(written),
      ),
    ).toBe(
      "The writer's decimal of scale 2 read as the reader's decimal of scale 3 would be another value; read it without logical types",
    )
    expect(
      codec(decimal(6, 3), { logicalTypes: false })
        .decoderOf(parse(decimal(4, 2)))
        .decode(written),
    ).toEqual(new Uint8Array([125]))
    expect(
      codec(decimal(6, 2))
        .decoderOf(parse(decimal(4, 2)))
        .decode(written),
    ).toBe('1.25')
    expect(
      codec({ type: 'long', logicalType: 'timestamp-millis' }).decoderOf(parse('int')).decode(bytes('0a')),
    ).toEqual(new Date(5))
  })
})

describe('bytes that are not of the schema', () => {
  const list = { type: 'array', items: 'int' }

  test.each([
    ['int', '', 'The bytes end too early: 1 more are needed at byte 0 of 0'],
    [
      'int',
      'ffffffffff01',
      'An int must fit into 32 bits, and -34359738368 does not: these bytes are not of this schema',
    ],
    ['long', 'ffffffffffffffffffff01', 'A whole number takes more than 64 bits: these bytes are not of this schema'],
    ['boolean', '02', 'A boolean is the byte 0 or 1, not 2: these bytes are not of this schema'],
    ['string', '01', 'A length cannot be -1: these bytes are not of this schema'],
    ['string', '0841', 'The bytes end too early: 4 more are needed at byte 1 of 2'],
    ['int', '0000', '1 of 2 bytes are left behind the value: it was written with another schema'],
    [['null', 'int'], '04', 'The union has no branch 2: these bytes are not of this schema'],
    [
      { type: 'enum', name: 'E', symbols: ['A'] },
      '02',
      'The enum "E" has no symbol 1: these bytes are not of this schema',
    ],
    [list, '80ffffffff7f', 'A block of 2199023255488 items cannot be in the 0 bytes that are left'],
    [list, 'feffffffffffffffff0100', 'A block of 9223372036854775807 items cannot be in the 1 bytes that are left'],
    [{ type: 'array', items: 'null' }, '80ffffffff7f', 'A value may have 1000000 items that take no bytes, not more'],
  ])('%j %s', (schema, hex, sentence) => expect(problem(() => codec(schema).decode(bytes(hex)))).toBe(sentence))

  test('blocks with a size, as other writers write them', () => {
    expect(codec(list).decode(bytes('03 04 02 04 02 06 00'))).toEqual([1, 2, 3])
  })

  test('values nested too deeply, in bytes and in objects', () => {
    const node = record(field('next', ['null', 'R']))
    const nested = (depth: number) => bytes(`${'02'.repeat(depth - 1)}00`)
    expect(problem(() => codec(node).decode(nested(valueDepthMax)))).toContain('no problem')
    expect(problem(() => codec(node).decode(nested(valueDepthMax + 1)))).toContain(
      `nested deeper than ${valueDepthMax} levels`,
    )
    const ring: { next?: unknown } = {}
    ring.next = ring
    expect(problem(() => codec(node).encode(ring))).toContain('or contains itself')
  })

  test('a schema whose one value has 2^60 parts and no bytes', () => {
    const levels = Array.from({ length: 60 }, (_, i) => ({
      type: 'record',
      name: `D${i}`,
      fields: i === 0 ? [] : ['a', 'b'].map(name => ({ name, type: `D${i - 1}`, default: {} })),
    }))
    const schema = [...levels.slice(0, 59), 'null', record(field('top', 'D58', { default: {} }))]
    expect(problem(() => codec(schema).decode(bytes('78')))).toContain('parts that take no bytes')
    expect(problem(() => codec(schema).encode({ R: {} }))).toContain('The value has too many parts')
  })

  test('rings of records whose lengths have no common divisor are compiled one at a time', () => {
    const ring = (length: number) =>
      parse([...Array.from({ length }, (_, i) => ({ type: 'record', name: `N${i}`, fields: [field('n', ['null', `N${(i + 1) % length}`])] })), 'null']) // biome-ignore format: one thought
    const [reader, writer] = [new AvroCodec(ring(131)), ring(127)]
    expect(reader.decoderOf(writer).decode(bytes('00 02 02 00'))).toEqual({ N0: { n: { n: { n: null } } } })
  })
})

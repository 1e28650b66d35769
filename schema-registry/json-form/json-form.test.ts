// Values from JSON and back, by way of their bytes.

import { expect, test } from 'vitest'
import { avroType } from '../avro/avro-type.ts'
import { AvroCodec } from '../avro/codec/codec.ts'
import { readJson } from '../avro/json-reader.ts'
import { jsonText } from '../avro/json-text.ts'
import { valueFromJson } from './value-from-json.ts'
import { valueToJson } from './value-to-json.ts'

function through(schema: unknown, json: string): string {
  const read = avroType.parse(JSON.stringify(schema), [])
  const codec = new AvroCodec(read)
  const value = codec.decode(codec.encode(valueFromJson(read.node, readJson(json))))
  return jsonText(valueToJson(read.node, value))
}

const logical = (type: string, logicalType: string, more = {}) => ({ type, logicalType, ...more })

test.each([
  ['null', 'null', 'null'],
  ['long', '9223372036854775807', '9223372036854775807'],
  ['int', '-5', '-5'],
  ['double', '0.25', '0.25'],
  ['double', '"NaN"', '"NaN"'],
  ['float', '3', '3.0'],
  ['string', '"ä\\u0000"', '"ä\\u0000"'],
  ['bytes', '"\\u00ff\\u0000a"', '"ÿ\\u0000a"'],
  ['bytes', '{"base64":"/wA="}', '"ÿ\\u0000"'],
  [{ type: 'array', items: 'int' }, '[1,2]', '[1,2]'],
  [{ type: 'map', values: 'string' }, '{"__proto__":"x","a":"y"}', '{"__proto__":"x","a":"y"}'],
  [['null', 'string'], '"a"', '"a"'],
  [['null', 'string'], '{"string":"a"}', '"a"'],
  [['null', 'int', 'double'], '1', '{"int":1}'],
  [['null', 'int', 'double'], '{"double":1}', '{"double":1.0}'],
  [['int', 'string'], '"5"', '"5"'],
  [logical('int', 'date'), '"2026-11-27"', '"2026-11-27"'],
  [logical('int', 'date'), '1', '"1970-01-02"'],
  [logical('long', 'timestamp-millis'), '"2026-11-27T10:00:00+01:00"', '"2026-11-27T09:00:00.000Z"'],
  [logical('long', 'timestamp-millis'), '1000', '"1970-01-01T00:00:01.000Z"'],
  [logical('long', 'timestamp-micros'), '1234567890123456789', '1234567890123456789'],
  [logical('bytes', 'decimal', { precision: 9, scale: 2 }), '12.5', '"12.50"'],
  [logical('bytes', 'decimal', { precision: 9, scale: 2 }), '"-0.01"', '"-0.01"'],
  [{ ...logical('fixed', 'duration'), name: 'D', size: 12 }, '{"days":2}', '{"months":0,"days":2,"milliseconds":0}'],
])('%j: %s', (schema, json, printed) => {
  expect(through(schema, json)).toBe(printed)
  expect(through(schema, printed)).toBe(printed)
})

const order = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'lines', type: { type: 'array', items: { type: 'enum', name: 'E', symbols: ['A'] } }, default: [] },
  ],
}

test('records: defaults for what is left out, and an error for what would be lost', () => {
  expect(through(order, '{"id":"a"}')).toBe('{"id":"a","lines":[]}')
  expect(() => through(order, '{"id":"a","total":5}')).toThrow('has no field "total"; it has id, lines')
  expect(() => through(order, '{}')).toThrow('/id')
})

test.each([
  [order, '{"id":"a","lines":["A","B"]}', 'at /lines/1'],
  ['int', '2147483648', '32 bits'],
  ['long', '9223372036854775808', '64 bits'],
  ['long', '1.5', '64 bits'],
  ['bytes', '"\\u0100"', 'up to \\u00ff'],
  [['null', 'int'], '"a"', 'No branch of the union'],
  [logical('long', 'timestamp-millis'), '"yesterday"', 'A time'],
])('%j refuses %s', (schema, json, why) => {
  expect(() => through(schema, json)).toThrow(why)
})

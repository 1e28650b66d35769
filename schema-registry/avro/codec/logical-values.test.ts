// Values of logical types as bytes: what Avro's conversions write for Java's own types (bench/avro/programs/LogicalValues.java).

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { avroType } from '../avro-type.ts'
import { AvroCodec } from './codec.ts'

const path = new URL('../../testdata/avro-logical-values.tsv', import.meta.url)
const rows = readFileSync(path, 'utf8')
  .trim()
  .split('\n')
  .map(line => line.split('\t') as [schema: string, text: string, hex: string, back: string])

/** The form in which a value is given to us. */
function givenValue(schema: string, text: string): unknown {
  const { logicalType } = JSON.parse(schema) as { logicalType: string }
  if (logicalType === 'timestamp-millis') return new Date(text)
  if (logicalType === 'duration') {
    const [months, days, milliseconds] = text.split(' ').map(Number)
    return { months, days, milliseconds }
  }
  if (!/^timestamp/.test(logicalType)) return text
  const [whole, fraction] = text.slice(0, -1).split('.') as [string, string]
  return BigInt(Date.parse(`${whole}Z`) / 1000) * 10n ** BigInt(fraction.length) + BigInt(fraction)
}

/** Java leaves out zeros behind the second, and we write as many as the type counts. */
function read(value: unknown, text: string): unknown {
  return typeof value === 'string' && /\d:\d/.test(value) && !text.includes('.') ? value.replace(/\.0+$/, '') : value
}

describe('logical types', () => {
  test.each(rows)('%s: %s', (schema, text, hex) => {
    const codec = new AvroCodec(avroType.parse(schema, []))
    const value = givenValue(schema, text)
    expect(Buffer.from(codec.encode(value)).toString('hex')).toBe(hex)
    const back = read(codec.decode(Buffer.from(hex, 'hex')), text)
    if (text === '12:30:00.5') expect(back).toBe('12:30:00.500')
    else expect(back).toEqual(value)
  })

  test('all of them are in the table', () => {
    const kinds = new Set(rows.map(([schema]) => (JSON.parse(schema) as { logicalType: string }).logicalType))
    expect([...kinds].sort()).toEqual([
      'big-decimal',
      'date',
      'decimal',
      'duration',
      'local-timestamp-micros',
      'local-timestamp-millis',
      'local-timestamp-nanos',
      'time-micros',
      'time-millis',
      'timestamp-micros',
      'timestamp-millis',
      'timestamp-nanos',
      'uuid', // biome-ignore format: a list
    ])
  })
})

// avsc as a second judge, on generated schemas and values: the same bytes, and each reads the other's.

import avsc from 'avsc'
import { describe, expect, test } from 'vitest'
import { madeQuestion, parsed } from '../../../bench/avro/questions.ts'
import { AvroCodec } from './codec.ts'

/** avsc knows no bigints unless it is told how; what stands for them here is their bytes, which are compared. */
const longs = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer(value: bigint) {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64LE(BigInt(value))
    return buffer
  },
  fromJSON: (value: number | bigint) => BigInt(value),
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
})

describe('avsc', () => {
  test('writes again what we have written, to the same bytes', () => {
    let [values, schemas] = [0, 0]
    for (let seed = 0; seed < 600; seed++) {
      const question = madeQuestion(seed)
      const schema = parsed(question.writer, question)
      if (!schema || question.bytes.length === 0 || question.isStored) continue
      const type = typeOf(schema.formatted('resolved'))
      if (!type) continue
      schemas++
      for (const hex of question.bytes) {
        const bytes = Buffer.from(hex, 'hex')
        expect(type.toBuffer(type.fromBuffer(bytes)).toString('hex'), `seed ${seed}`).toBe(hex)
        const codec = new AvroCodec(schema, { logicalTypes: false })
        expect(Buffer.from(codec.encode(codec.decode(bytes))).toString('hex'), `seed ${seed}`).toBe(hex)
        values++
      }
    }
    expect(schemas).toBeGreaterThan(100)
    expect(values).toBeGreaterThan(300)
  })
})

/** Undefined for what avsc does not read: names used before they are defined, defaults of later branches, and more. */
function typeOf(text: string): avsc.Type | undefined {
  const typeHook = (schema: unknown) =>
    schema === 'long' || (schema as { type?: unknown }).type === 'long' ? (longs as avsc.Type) : undefined
  try {
    return avsc.Type.forSchema(JSON.parse(text), { typeHook, wrapUnions: true })
  } catch {
    return undefined
  }
}

// Varints in their two implementations: of records (here) and of messages (protocol/wire), and the other primitive values.

import { describe, expect, test } from 'vitest'
import { goldenPrimitives } from '../../testing/golden/record-vectors.ts'
import { DecodeError } from '../wire/decode-error.ts'
import { normalizeInt64 } from '../wire/int64.ts'
import { Reader } from '../wire/reader.ts'
import { uuidOf } from '../wire/uuid.ts'
import { Writer } from '../wire/writer.ts'
import { RecordReader } from './record-reader.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts'

const written = (write: (writer: Writer) => void) => {
  const writer = new Writer()
  write(writer)
  return writer.toBuffer().toString('hex')
}
const writtenAt = (write: (buffer: Buffer) => number) => {
  const buffer = Buffer.alloc(16)
  return buffer.subarray(0, write(buffer)).toString('hex')
}

describe('primitive values that Java wrote', () => {
  test('varint', () => {
    const vectors = goldenPrimitives('varint')
    expect(vectors.length).toBe(146)
    for (const { value, size, hex } of vectors as unknown as { value: number; size: number; hex: string }[]) {
      const bytes = Buffer.from(hex, 'hex')
      expect(new RecordReader(bytes).varint()).toBe(value)
      expect(new Reader(bytes).varint()).toBe(value)
      expect(varintSize(value)).toBe(size)
      expect(writtenAt(buffer => writeVarint(buffer, 0, value))).toBe(hex)
      expect(written(writer => writer.varint(value))).toBe(hex)
    }
  })

  test('varlong', () => {
    const vectors = goldenPrimitives('varlong')
    expect(vectors.length).toBe(296)
    for (const { value: text, size, hex } of vectors) {
      const value = normalizeInt64(BigInt(String(text)))
      const bytes = Buffer.from(hex, 'hex')
      expect(new RecordReader(bytes).varlong()).toBe(value)
      expect(new Reader(bytes).varlong()).toBe(value)
      expect(varlongSize(value)).toBe(size)
      expect(writtenAt(buffer => writeVarlong(buffer, 0, value))).toBe(hex)
      expect(writtenAt(buffer => writeVarlong(buffer, 0, BigInt(value)))).toBe(hex)
      expect(written(writer => writer.varlong(value))).toBe(hex)
    }
  })

  test('unsigned varint', () => {
    for (const { value, hex } of goldenPrimitives('unsignedVarint') as unknown as { value: number; hex: string }[]) {
      expect(new Reader(Buffer.from(hex, 'hex')).unsignedVarint()).toBe(value >>> 0)
      expect(written(writer => writer.unsignedVarint(value))).toBe(hex)
    }
  })

  test('unsigned varlong', () => {
    for (const { value: text, hex } of goldenPrimitives('unsignedVarlong')) {
      const value = normalizeInt64(BigInt.asIntN(64, BigInt(String(text))))
      expect(new Reader(Buffer.from(hex, 'hex')).unsignedVarlong()).toBe(value)
      expect(written(writer => writer.unsignedVarlong(value))).toBe(hex)
    }
  })

  test('odd and overlong varints', () => {
    for (const { hex, value, bytesRead } of goldenPrimitives('unsignedVarintDecode')) {
      const reader = new Reader(Buffer.from(hex, 'hex'))
      if (value === undefined) expect(() => reader.unsignedVarint()).toThrow(DecodeError)
      else expect([reader.unsignedVarint(), reader.position]).toEqual([value, bytesRead])
      const records = new RecordReader(Buffer.from(hex, 'hex'))
      if (value === undefined) expect(() => records.varint()).toThrow(DecodeError)
      else {
        const raw = Number(value)
        expect([records.varint(), records.position]).toEqual([(raw >>> 1) ^ -(raw & 1), bytesRead])
      }
    }
  })

  test('odd and overlong varlongs', () => {
    for (const { hex, value, bytesRead } of goldenPrimitives('varlongDecode')) {
      for (const reader of [new Reader(Buffer.from(hex, 'hex')), new RecordReader(Buffer.from(hex, 'hex'))]) {
        if (value === undefined) expect(() => reader.varlong()).toThrow(DecodeError)
        else expect([BigInt(reader.varlong()), reader.position]).toEqual([BigInt(String(value)), bytesRead])
      }
    }
  })

  test('float64', () => {
    for (const { value, hex } of goldenPrimitives('float64')) {
      expect(new Reader(Buffer.from(hex, 'hex')).float64()).toBe(Number(value))
      expect(written(writer => writer.float64(Number(value)))).toBe(hex)
    }
  })

  test('uuid', () => {
    const vectors = goldenPrimitives('uuid')
    expect(vectors.length).toBe(65)
    for (const { text, hex } of vectors) {
      expect(uuidOf(Buffer.from(hex, 'hex'))).toBe(text)
      expect(new Reader(Buffer.from(hex, 'hex')).uuid()).toBe(text)
      expect(written(writer => writer.uuid(String(text)))).toBe(hex)
    }
  })
})

import { describe, expect, test } from 'vitest'
import { goldenPrimitives } from '../../testing/golden/record-vectors.ts'
import { normalizeInt64 } from '../wire/int64.ts'
import { readRecord, recordBodySize, writeRecord } from './record.ts'
import { RecordReader } from './record-reader.ts'
import { varintSize } from './varint.ts'

interface Vector {
  readonly offsetDelta: number
  readonly timestampDelta: string
  readonly key: string | null
  readonly value: string | null
  readonly headers: { readonly key: string; readonly value: string | null }[]
  readonly sizeInBytes: number
  readonly hex: string
}

const bytesOf = (text: string | null) => (text === null ? null : Buffer.from(text, 'base64'))

describe('records that Java wrote', () => {
  const vectors = goldenPrimitives('record') as unknown as Vector[]

  test('are read', () => {
    expect(vectors.length).toBe(60)
    for (const vector of vectors) {
      const reader = new RecordReader(Buffer.from(vector.hex, 'hex'))
      const base = { baseOffset: 0, baseTimestamp: 0, baseSequence: -1, logAppendTime: undefined }
      expect(readRecord(reader, base)).toEqual({
        offset: vector.offsetDelta,
        timestamp: normalizeInt64(BigInt(vector.timestampDelta)),
        sequence: -1,
        key: bytesOf(vector.key),
        value: bytesOf(vector.value),
        headers: vector.headers.map(({ key, value }) => ({ key, value: bytesOf(value) })),
        sizeInBytes: vector.sizeInBytes,
      })
    }
  })

  test('are written, byte for byte', () => {
    for (const { offsetDelta, timestampDelta, key, value, headers, sizeInBytes, hex } of vectors) {
      const record = {
        key: bytesOf(key),
        value: bytesOf(value),
        headers: headers.map(header => ({ key: header.key, value: bytesOf(header.value) })),
      }
      const delta = normalizeInt64(BigInt(timestampDelta))
      const bodySize = recordBodySize(offsetDelta, delta, record)
      expect(bodySize + varintSize(bodySize)).toBe(sizeInBytes)
      const buffer = Buffer.alloc(sizeInBytes)
      expect(writeRecord(buffer, 0, bodySize, offsetDelta, delta, record)).toBe(sizeInBytes)
      expect(buffer.toString('hex')).toBe(hex)
    }
  })
})

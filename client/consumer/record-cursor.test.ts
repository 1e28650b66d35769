// The cursor against batches that Kafka 4.3.0 wrote, of every magic, codec and kind.

import { describe, expect, test } from 'vitest'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { isControlBatch, magicOf } from '../../protocol/records/batch-header.ts'
import { batches } from '../../protocol/records/batches.ts'
import { decompressedBytesMaxDefault } from '../../protocol/records/records.ts'
import { type GoldenRecord, goldenBatches } from '../../testing/golden/record-vectors.ts'
import { ConsumerRecord } from './consumer-record.ts'
import { RecordCursor } from './record-cursor.ts'

function cursorOver(bytes: Buffer, fromOffset = 0, positions = [0]) {
  return new RecordCursor({ bytes, positions, fromOffset, decompressedBytesMax: decompressedBytesMaxDefault })
}

function* walk(cursor: RecordCursor) {
  while (cursor.next()) yield new ConsumerRecord('t', 0, cursor)
}

const vectors = goldenBatches().map(each => ({ ...each, bytes: Buffer.from(each.hex, 'hex') }))
const text = (bytes: Buffer | null) => bytes?.toString('base64') ?? null

function asGolden(record: ConsumerRecord) {
  const { offset, timestamp, key, value, headers } = record
  const parts = { offset, timestamp: Number(timestamp), key: text(key), value: text(value) }
  return { ...parts, headers: headers.map(header => ({ key: header.key, value: text(header.value) })) }
}

function expected({ offset, timestamp, key, value, headers = [] }: GoldenRecord) {
  return { offset, timestamp, key, value, headers }
}

describe('batches of Kafka', () => {
  test.each(vectors)('$id', ({ bytes, batches: golden }) => {
    for (const [index, batch] of [...batches(bytes)].entries()) {
      const seen = [...walk(cursorOver(batch))].map(asGolden)
      expect(seen).toEqual(golden[index]!.records.map(expected))
    }
  })

  test('there are some of each magic, and control batches', () => {
    const all = vectors.flatMap(({ bytes }) => [...batches(bytes)])
    expect(new Set(all.map(batch => magicOf(batch)))).toEqual(new Set([0, 1, 2]))
    expect(all.some(batch => magicOf(batch) === 2 && isControlBatch(batch))).toBe(true)
  })
})

describe('the walk', () => {
  const record = (value: string, timestamp = 1) => ({ key: null, value: Buffer.from(value), timestamp })

  test('goes on from batch to batch, and begins at an offset inside the first', () => {
    const first = buildBatch([record('a'), record('b')])
    const second = buildBatch([record('c')], { baseOffset: 2, compression: 'gzip' })
    const bytes = Buffer.concat([first, second])
    const seen = [...walk(cursorOver(bytes, 1, [0, first.length]))]
    expect(seen.map(({ offset, value }) => `${offset} ${value}`)).toEqual(['1 b', '2 c'])
  })

  test('takes lengths and deltas of any size', () => {
    const long = 'x'.repeat(3_000_000)
    const bytes = buildBatch([record('a'), record(long, 5_000_000_000), record('b', 2 ** 50), record('', -1)])
    const seen = [...walk(cursorOver(bytes))]
    expect(seen.map(({ timestamp, sizeInBytes }) => [timestamp, sizeInBytes])).toEqual([
      [1, 1],
      [5_000_000_000, 3_000_000],
      [2 ** 50, 1],
      [-1, 0],
    ])
  })

  test('views stay what they were when the cursor moves on', () => {
    const cursor = cursorOver(buildBatch([record('a'), record('b')], { compression: 'lz4' }))
    cursor.next()
    const { value } = cursor
    cursor.next()
    expect(value!.toString()).toBe('a')
  })

  test('a record that reaches beyond its batch is an error, in the quick way as in the thorough one', () => {
    for (const value of ['short', 'x'.repeat(3_000_000)]) {
      const bytes = buildBatch([record(value)])
      bytes.writeUInt8(0x7e, 61)
      expect(() => cursorOver(bytes).next()).toThrow(/MALFORMED|record|end/)
    }
  })

  test('a compressed batch that makes more than is allowed is an error', () => {
    const bytes = buildBatch([record('x'.repeat(10_000))], { compression: 'gzip' })
    const cursor = new RecordCursor({ bytes, positions: [0], fromOffset: 0, decompressedBytesMax: 5000 })
    expect(() => cursor.next()).toThrow(/5000/)
  })
})

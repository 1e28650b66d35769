// What is written here is held against protocol/records, whose own bytes are held against Kafka's.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { recordBatchOverhead } from '../../protocol/records/batch-header.ts'
import { BatchWriter, type RecordBytes, recordBytesBound } from './batch-writer.ts'

const bytesOf = (bytes: RecordBytes) => (typeof bytes === 'string' ? Buffer.from(bytes) : (bytes ?? null))

const anyBytes = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ maxLength: 100, unit: 'binary' }),
  fc.string({ maxLength: 40, unit: 'binary-ascii' }),
)
const anyRecord = fc.record({
  key: anyBytes,
  value: anyBytes,
  timestamp: fc.oneof(fc.integer({ min: 0, max: 2_000_000_000_000 }), fc.bigInt({ min: 2n ** 60n, max: 2n ** 62n })),
  headers: fc.array(fc.record({ key: fc.string({ unit: 'binary' }), value: anyBytes }), { maxLength: 3 }),
})

test('records are written as the batch builder writes them, and never take more than their bound', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), written => {
      const writer = new BatchWriter(Buffer.alloc(100_000))
      for (const { key, value, timestamp, headers } of written) {
        const before = writer.bytes
        expect(writer.tryAppend(key, value, timestamp, headers)).toBe(true)
        expect(writer.bytes - before).toBeLessThanOrEqual(recordBytesBound(key, value, headers))
      }
      const expected = buildBatch(
        written.map(({ key, value, timestamp, headers }) => ({
          key: bytesOf(key),
          value: bytesOf(value),
          timestamp,
          headers: headers.map(header => ({ key: header.key, value: bytesOf(header.value) })),
        })),
      )
      const bytes = writer.memory.subarray(recordBatchOverhead, writer.bytes)
      expect(bytes.equals(expected.subarray(recordBatchOverhead))).toBe(true)
    }),
  )
})

test('a record that does not fit changes nothing', () => {
  const writer = new BatchWriter(Buffer.alloc(recordBatchOverhead + 20))
  expect(writer.tryAppend(null, 'v'.repeat(13), 5)).toBe(true)
  expect(writer.bytes).toBe(recordBatchOverhead + 20)
  expect(writer.tryAppend(null, null, 9)).toBe(false)
  expect([writer.count, writer.bytes, writer.maxTimestamp]).toEqual([1, recordBatchOverhead + 20, 5])
})

test('what is neither bytes nor text is refused, with nothing written', () => {
  const writer = new BatchWriter(Buffer.alloc(1000))
  expect(() => writer.tryAppend(null, 7 as never, 1)).toThrow(/INVALID_ARGUMENT.*number/)
  expect(() => writer.tryAppend(null, null, 1, [{ key: 7 as never, value: null }])).toThrow(/key of a header/)
  expect(writer.count).toBe(0)
})

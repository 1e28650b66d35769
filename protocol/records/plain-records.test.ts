import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildBatch, type RecordInput } from './batch-builder.ts'
import { largestPlainDelta, notPlain, type PlainRules } from './plain-records.ts'
import { readRecord } from './record.ts'
import { RecordReader } from './record-reader.ts'

const headerBytes = 61
const base = 1_000_000
const anything: PlainRules = { deltaMin: -base, deltaMax: 9e15, keysRequired: false }
const bytesOf = (...records: RecordInput[]) => buildBatch(records).subarray(headerBytes)
const plain = (rules: Partial<PlainRules>, ...records: RecordInput[]) =>
  largestPlainDelta(bytesOf(...records), records.length, { ...anything, ...rules })

/** The records as they are read one by one; undefined when they cannot be. */
function read(bytes: Buffer, count: number) {
  const reader = new RecordReader(bytes)
  const from = { baseOffset: 0, baseTimestamp: 0, baseSequence: -1, logAppendTime: undefined }
  try {
    const records = Array.from({ length: count }, () => readRecord(reader, from))
    return reader.position === bytes.length ? records : undefined
  } catch {
    return undefined
  }
}

const content = fc.option(fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)))
const recordOf = (timestamp: fc.Arbitrary<number>) => fc.record({ timestamp, key: content, value: content })
const close = recordOf(fc.integer({ min: base, max: base + 200 }))
const far = recordOf(fc.integer({ min: 0, max: 2 ** 40 }))

test('what is plain is what the records are, whatever was done to their bytes', () => {
  const change = fc.option(fc.tuple(fc.nat(), fc.nat({ max: 255 })))
  const inputs = fc.oneof(...[close, close, far].map(each => fc.array(each, { minLength: 1, maxLength: 150 })))
  const wholeBatch = fc.tuple(inputs, change, fc.integer({ min: -2, max: 2 }))
  let plains = 0
  fc.assert(
    fc.property(wholeBatch, fc.boolean(), ([written, changed, more], keysRequired) => {
      const bytes = Buffer.from(bytesOf(...written))
      if (changed) bytes[changed[0] % bytes.length] = changed[1]
      const count = Math.max(1, written.length + (changed ? more : 0))
      const largest = largestPlainDelta(bytes, count, { ...anything, keysRequired })
      if (largest === notPlain) return
      plains += 1
      const records = read(bytes, count)
      expect(records?.map(({ offset }) => offset)).toEqual(records?.map((_, index) => index))
      expect(largest).toBe(Math.max(...records!.map(({ timestamp }) => Number(timestamp))))
      if (keysRequired) expect(records!.every(({ key }) => key !== null)).toBe(true)
    }),
    { numRuns: 3000 },
  )
  expect(plains).toBeGreaterThan(300)
})

test('records as most are', () => {
  const value = Buffer.alloc(100, 'v')
  const many = Array.from({ length: 1200 }, (_, index) => ({ timestamp: base + (index % 77), key: null, value }))
  expect(plain({}, ...many)).toBe(76)
  expect(plain({}, { timestamp: base, key: Buffer.alloc(20_000), value: Buffer.alloc(1_000_000) })).toBe(0)
})

test('a closer look is for others', () => {
  const key = Buffer.from('k')
  expect(plain({}, { timestamp: base, headers: [{ key: 'h', value: null }] })).toBe(notPlain)
  expect(plain({}, { timestamp: base }, { timestamp: base + 2 ** 20 })).toBe(notPlain)
  expect(plain({ keysRequired: true }, { timestamp: base, key }, { timestamp: base })).toBe(notPlain)
  expect(plain({ keysRequired: true }, { timestamp: base, key })).toBe(0)
  expect(plain({ deltaMax: 9 }, { timestamp: base, key }, { timestamp: base + 10, key })).toBe(notPlain)
  expect(plain({ deltaMin: -9 }, { timestamp: base, key }, { timestamp: base - 10, key })).toBe(notPlain)
  expect(plain({ deltaMin: -10 }, { timestamp: base, key }, { timestamp: base - 10, key })).toBe(0)
  expect(plain({ deltaMin: Number.NaN, deltaMax: Number.NaN }, { timestamp: base, key })).toBe(notPlain)
  const bytes = bytesOf({ timestamp: base, key })
  expect(largestPlainDelta(bytes, 2, anything)).toBe(notPlain)
  expect(largestPlainDelta(Buffer.concat([bytes, bytes]), 1, anything)).toBe(notPlain)
  expect(largestPlainDelta(bytes.subarray(0, -1), 1, anything)).toBe(notPlain)
  const ofNegativeSize = Buffer.from(bytes)
  ofNegativeSize[0]! |= 1
  expect(largestPlainDelta(ofNegativeSize, 1, anything)).toBe(notPlain)
})

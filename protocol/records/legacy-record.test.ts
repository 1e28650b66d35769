// What the vectors do not hold of magic 0 and 1: wrappers that old clients and brokers stamped, and damaged ones.

import { describe, expect, test } from 'vitest'
import { goldenBatches } from '../../testing/golden/record-vectors.ts'
import { DecodeError } from '../wire/decode-error.ts'
import { records } from './records.ts'

const golden = (id: string) => Buffer.from(goldenBatches().find(set => set.id === id)!.hex, 'hex')
const offsetsOf = (batch: Buffer) => [...records(batch)].map(record => record.offset)

describe('a compressed message set of magic 1', () => {
  test('has relative offsets inside; the wrapper has the last one', () => {
    const batch = golden('magic1-gzip')
    expect(offsetsOf(batch)).toEqual([40, 41, 42])
    batch.writeBigInt64BE(1000n, 0)
    expect(offsetsOf(batch)).toEqual([998, 999, 1000])
  })

  test('with a wrapper offset of 0 has absolute ones: old librdkafka wrote that', () => {
    const batch = golden('magic1-gzip')
    batch.writeBigInt64BE(0n, 0)
    expect(offsetsOf(batch)).toEqual([0, 1, 2])
  })

  test('whose wrapper ends before its messages is refused', () => {
    const batch = golden('magic1-gzip')
    batch.writeBigInt64BE(1n, 0)
    expect(() => offsetsOf(batch)).toThrow(/wrapper offset 1 is less than the last offset 2/)
  })

  test('has the time of the wrapper when the broker stamped that', () => {
    const batch = golden('magic1-gzip')
    batch[17]! |= 0x08
    batch.writeBigInt64BE(77n, 18)
    expect([...records(batch)].map(record => record.timestamp)).toEqual([77, 77, 77])
  })
})

describe('a compressed message set of magic 0', () => {
  test('has absolute offsets inside, whatever the wrapper says, and no timestamps', () => {
    const batch = golden('magic0-gzip')
    const before = offsetsOf(batch)
    batch.writeBigInt64BE(1000n, 0)
    expect(offsetsOf(batch)).toEqual(before)
    expect([...records(batch)].map(record => record.timestamp)).toEqual([-1, -1, -1])
  })
})

describe('message sets that are refused', () => {
  test.each([
    ['zstd, which is younger', (batch: Buffer) => (batch[17] = 4), /zstd/],
    ['a codec that does not exist', (batch: Buffer) => (batch[17] = 6), /compression type 6/],
    ['a wrapper without a value', (batch: Buffer) => batch.writeInt32BE(-1, 30), /without a value/],
    ['a value that is cut', (batch: Buffer) => batch.writeInt32BE(5000, 30), /reach beyond/],
  ])('%s', (_name, damage, message) => {
    const batch = golden('magic1-gzip')
    damage(batch)
    expect(() => [...records(batch)]).toThrow(message)
    expect(() => [...records(batch)]).toThrow(DecodeError)
  })

  test('a wrapper in a wrapper', () => {
    const inner = golden('magic1-gzip')
    const outer = Buffer.concat([inner.subarray(0, 34), inner])
    outer[17] = 0
    outer.writeInt32BE(outer.length - 12, 8)
    outer.writeInt32BE(inner.length, 30)
    expect([...records(outer)][0]!.value!.equals(inner)).toBe(true)
    outer[17] = 2 // snappy, of which a raw block with one literal wraps it
    const length = inner.length
    const literal = Buffer.concat([Buffer.from([(length & 0x7f) | 0x80, length >> 7, 60 << 2, length - 1]), inner])
    const wrapped = Buffer.concat([outer.subarray(0, 34), literal])
    wrapped.writeInt32BE(wrapped.length - 12, 8)
    wrapped.writeInt32BE(literal.length, 30)
    expect(() => [...records(wrapped)]).toThrow(/a compressed message inside a compressed one/)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { goldenBatches } from '../../testing/golden/record-vectors.ts'
import { DecodeError } from '../wire/decode-error.ts'
import { type BatchOptions, buildBatch, type RecordInput } from './batch-builder.ts'
import { readBatchHeader, setMaxTimestamp } from './batch-header.ts'
import { batches, checkBatch } from './batches.ts'
import { checkRecords, type RecordRules } from './check-records.ts'
import { compressionTypes } from './compression-type.ts'
import { recordBytes, records } from './records.ts'

const anything: RecordRules = { keysRequired: false, timestampType: 'CreateTime', timestampMin: 0, timestampMax: 9e15 }
const check = (batch: Buffer, rules: Partial<RecordRules> = {}) =>
  checkRecords(batch, 0, recordBytes(batch), { ...anything, ...rules })
const bytes = (text: string) => Buffer.from(text)

describe('the walk over a produced batch', () => {
  test('answers the largest timestamp', () => {
    const timed = (...timestamps: (number | bigint)[]) =>
      check(buildBatch(timestamps.map(timestamp => ({ timestamp }))))
    expect(timed(5, 9, 7).maxTimestamp).toBe(9)
    expect(timed(-1, -1).maxTimestamp).toBe(-1)
    expect(timed(5, 2n ** 62n, 7).maxTimestamp).toBe(2n ** 62n)
  })

  test('names each record without a key on a compacted topic', () => {
    const timestamp = 5
    const keys = [bytes('k'), null, bytes(''), null]
    const batch = buildBatch(keys.map(key => ({ key, timestamp })))
    expect(check(batch).failures).toEqual([])
    const { failures } = check(batch, { keysRequired: true })
    expect(failures.map(({ recordIndex, error }) => [recordIndex, error])).toEqual([
      [1, 'INVALID_RECORD'],
      [3, 'INVALID_RECORD'],
    ])
  })

  test('names each record whose timestamp is out of range; none is always in range', () => {
    const batch = buildBatch([99, 100, 200, 201, -1, 2n ** 60n].map(timestamp => ({ timestamp, key: bytes('k') })))
    const rules = { keysRequired: true, timestampMin: 100, timestampMax: 200 }
    const { failures } = check(batch, rules)
    expect(failures.map(({ recordIndex, error }) => [recordIndex, error])).toEqual([
      [0, 'INVALID_TIMESTAMP'],
      [3, 'INVALID_TIMESTAMP'],
      [5, 'INVALID_TIMESTAMP'],
    ])
    expect(failures[1]!.message).toContain('201')
    expect(check(batch, { ...rules, timestampType: 'LogAppendTime' }).failures).toEqual([])
  })

  test('a missing key comes before a timestamp out of range', () => {
    const { failures } = check(buildBatch([{ timestamp: 5 }]), { keysRequired: true, timestampMin: 10 })
    expect(failures).toMatchObject([{ error: 'INVALID_RECORD' }])
  })

  test('a producer may not stamp as only brokers do', () => {
    const batch = buildBatch([{ timestamp: 1 }, { timestamp: 2 }], { logAppendTimeMs: 50 })
    expect(check(batch, { timestampType: 'LogAppendTime' }).failures).toMatchObject([
      { recordIndex: 0, error: 'INVALID_TIMESTAMP' },
      { recordIndex: 1, error: 'INVALID_TIMESTAMP' },
    ])
    // As Kafka has it: where producers stamp, the time of the batch only has to be in range.
    expect(check(batch).failures).toEqual([])
    expect(check(batch).maxTimestamp).toBe(50)
    expect(check(batch, { timestampMin: 51 }).failures).toHaveLength(2)
  })

  test('tells offsets with gaps', () => {
    expect(check(buildBatch([{}, {}, {}])).offsetsAreSequential).toBe(true)
    expect(check(buildBatch([{}, { offset: 2 }])).offsetsAreSequential).toBe(false)
    expect(check(buildBatch([{ offset: 11 }], { baseOffset: 10 })).offsetsAreSequential).toBe(false)
  })
})

describe('any batch', () => {
  const maybeBytes = fc.option(fc.uint8Array({ maxLength: 40 }).map(array => Buffer.from(array)))
  const int64 = fc.oneof(
    fc.integer({ min: -1, max: 2 ** 45 }),
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map(value => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
  )
  const record = fc.record({
    timestamp: int64,
    key: maybeBytes,
    value: maybeBytes,
    headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 12 }), value: maybeBytes }), {
      maxLength: 4,
    }),
  })
  const options: fc.Arbitrary<BatchOptions> = fc.record({
    baseOffset: fc.maxSafeNat().map(offset => Math.floor(offset / 2)),
    compression: fc.constantFrom(...compressionTypes),
    partitionLeaderEpoch: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    producerId: fc.integer({ min: -1, max: 2 ** 40 }),
    producerEpoch: fc.integer({ min: -1, max: 32767 }),
    baseSequence: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    transactional: fc.boolean(),
    control: fc.boolean(),
  })
  const batch = fc.record({ input: fc.array(record, { minLength: 1, maxLength: 30 }), options })

  test('gives back the records it was built of, with every codec', () => {
    fc.assert(
      fc.property(batch, ({ input, options: given }) => {
        const built = buildBatch(input, given)
        checkBatch(built)
        const header = readBatchHeader(built)
        expect(header).toMatchObject({ ...given, count: input.length, lastOffsetDelta: input.length - 1 })
        const expected = input.map((each: RecordInput, i) => ({ ...each, offset: given.baseOffset! + i }))
        expect([...records(built)].map(({ sequence, sizeInBytes, ...rest }) => rest)).toEqual(expected)
        const { failures, maxTimestamp } = check(built, { timestampMin: -(2n ** 63n), timestampMax: 2n ** 63n })
        expect([failures, maxTimestamp]).toEqual([[], header.maxTimestamp])
      }),
      { numRuns: 300 },
    )
  })

  test('that is damaged is found out by its checksum', () => {
    const flip = fc.tuple(batch, fc.nat(), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(flip, ([{ input, options: given }, at, bits]) => {
        const built = buildBatch(input, given)
        built[17 + (at % (built.length - 17))]! ^= bits
        expect(() => checkBatch(built)).toThrow(DecodeError)
      }),
      { numRuns: 200 },
    )
  })
})

describe('hostile batches', () => {
  const seeds = goldenBatches().flatMap(({ hex }) => (hex.length < 1200 ? [Buffer.from(hex, 'hex')] : []))

  /** Everything that looks at bytes from outside. */
  function readAll(input: Buffer): void {
    for (const view of batches(input)) {
      try {
        checkBatch(view)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
      let count = 0
      for (const _record of records(view, 100_000)) count += 1
      expect(count).toBeLessThan(100_000)
      if (view[16] === 2) {
        checkRecords(view, 0, recordBytes(view, 0, 100_000), { ...anything, keysRequired: true })
        readBatchHeader(view)
      }
    }
  }

  test('never cause another error than DecodeError, whatever is flipped, cut or added', () => {
    const mutation = fc.record({
      seed: fc.nat(seeds.length - 1),
      flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }),
      cut: fc.nat(30),
      tail: fc.uint8Array({ maxLength: 20 }),
    })
    fc.assert(
      fc.property(mutation, ({ seed, flips, cut, tail }) => {
        const bytesOfSeed = seeds[seed]!
        const input = Buffer.concat([bytesOfSeed.subarray(0, Math.max(bytesOfSeed.length - cut, 0)), tail])
        for (const [at, value] of flips) if (input.length > 0) input[at % input.length] = value
        try {
          readAll(input)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 5000 },
    )
  })

  test('a batch shorter than its header is refused by whatever reads it', () => {
    const short = Buffer.from('0000000000000000000000100000000002000000000000000000000000', 'hex').subarray(0, 28)
    expect(() => checkBatch(short)).toThrow(DecodeError)
    expect(() => [...records(short)]).toThrow(DecodeError)
    expect(() => recordBytes(short)).toThrow(DecodeError)
  })

  test('offsets beyond what can be counted are refused, not rounded', () => {
    const batch = buildBatch([{ value: bytes('v') }])
    batch.writeBigInt64BE(2n ** 53n, 0)
    expect(() => [...records(batch)]).toThrow(/beyond 2\^53/)
    expect(() => readBatchHeader(batch)).toThrow(/beyond 2\^53/)
  })

  test('a record that ends elsewhere than its size says is refused, also when all else fits', () => {
    const batch = buildBatch([{ value: bytes('first') }, { value: bytes('second') }])
    for (const size of [batch[61]! + 2, batch[61]! - 2]) {
      const tampered = Buffer.from(batch)
      tampered[61] = size
      expect(() => check(tampered)).toThrow(/does not end where its size says/)
      expect(() => [...records(tampered)]).toThrow(DecodeError)
    }
  })

  test('a batch of no records has none, whatever follows its header, but is nothing to append', () => {
    const batch = buildBatch([{ value: bytes('v') }])
    batch.writeInt32BE(0, 57)
    expect([...records(batch)]).toEqual([])
    batch[22] = 1 // gzip, which the bytes are not
    expect([...records(batch)]).toEqual([])
    expect(() => check(batch)).toThrow(DecodeError)
  })

  test('many empty headers do not cost more than their bytes', () => {
    const headers = Array.from({ length: 50_000 }, () => ({ key: '', value: null }))
    const batch = buildBatch([{ headers }])
    expect(check(batch).failures).toEqual([])
    const tampered = Buffer.from(batch)
    tampered[tampered.length - 100_000 - 1] = 0x7f
    expect(() => check(tampered)).toThrow(DecodeError)
    expect(() => [...records(tampered)]).toThrow(DecodeError)
  })
})

describe('stamping a batch', () => {
  test('a new time changes attributes and checksum, and no bit that has no meaning survives', () => {
    const batch = buildBatch([{ timestamp: 5 }], { transactional: true, producerId: 1 })
    batch[21] = 0x01
    setMaxTimestamp(batch, 0, 'LogAppendTime', 77)
    checkBatch(batch)
    expect(readBatchHeader(batch)).toMatchObject({ maxTimestamp: 77, timestampType: 'LogAppendTime', attributes: 0x18 })
    setMaxTimestamp(batch, 0, 'CreateTime', 2n ** 60n)
    checkBatch(batch)
    expect(readBatchHeader(batch)).toMatchObject({ maxTimestamp: 2n ** 60n, timestampType: 'CreateTime' })
  })

  test('the same time and type change nothing', () => {
    const batch = buildBatch([{ timestamp: 5 }])
    batch[21] = 0x01
    const before = Buffer.from(batch)
    setMaxTimestamp(batch, 0, 'CreateTime', 5)
    expect(batch.equals(before)).toBe(true)
  })
})

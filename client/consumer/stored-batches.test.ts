import { describe, expect, test } from 'vitest'
import { type BatchOptions, buildBatch, emptyBatch } from '../../protocol/records/batch-builder.ts'
import { encodeControlRecord } from '../../protocol/records/control-record.ts'
import { RecordCursor } from './record-cursor.ts'
import { type ScanOptions, scanBatches } from './stored-batches.ts'

const batch = (values: readonly string[], options: BatchOptions) =>
  buildBatch(
    values.map(value => ({ value: Buffer.from(value), timestamp: 1 })),
    options,
  )

/** Values that are shown, and where reading goes on. */
function scan(parts: readonly Buffer[], options: Partial<ScanOptions> = {}) {
  const bytes = Buffer.concat(parts)
  const { fetchOffset = 0 } = options
  const scanned = scanBatches(bytes, { fetchOffset, fetchEpoch: -1, checksChecksums: true, ...options })
  const { positions, nextOffset, nextEpoch, corrupt, cutBytes } = scanned
  const cursor = new RecordCursor({ bytes, positions, fromOffset: fetchOffset, decompressedBytesMax: 1000 })
  const values: string[] = []
  while (cursor.next()) values.push(cursor.value!.toString())
  return { values: values.join(' '), nextOffset, nextEpoch, corrupt, cutBytes }
}

const transaction = (producerId: number, baseOffset: number, values: readonly string[]) =>
  batch(values, { producerId, producerEpoch: 0, baseSequence: 0, transactional: true, baseOffset })
const marker = (type: 'ABORT' | 'COMMIT', producerId: number, baseOffset: number) =>
  buildBatch([{ ...encodeControlRecord({ type, coordinatorEpoch: 0 }), timestamp: 1 }], {
    producerId,
    producerEpoch: 0,
    transactional: true,
    control: true,
    baseOffset,
  })

describe('what an answer holds', () => {
  test('all batches, and the offset and epoch behind them', () => {
    const parts = [
      batch(['a', 'b'], { partitionLeaderEpoch: 3 }),
      batch(['c'], { baseOffset: 2, partitionLeaderEpoch: 4 }),
    ]
    expect(scan(parts)).toMatchObject({ values: 'a b c', nextOffset: 3, nextEpoch: 4, corrupt: undefined })
  })

  test('from within a batch, without what lies before; batches before it are passed over', () => {
    const parts = [batch(['a'], {}), batch(['b', 'c'], { baseOffset: 1 })]
    expect(scan(parts, { fetchOffset: 2 })).toMatchObject({ values: 'c', nextOffset: 3 })
  })

  test('gaps of compaction: the offset behind is by the header, also where the last records are gone', () => {
    const parts = [batch(['a'], { lastOffset: 7 }), batch(['b'], { baseOffset: 20 })]
    expect(scan(parts)).toMatchObject({ values: 'a b', nextOffset: 21 })
    expect(scan([emptyBatch({ baseOffset: 5, lastOffset: 9, maxTimestamp: 1 })], { fetchOffset: 5 })).toMatchObject({
      values: '',
      nextOffset: 10,
    })
  })

  test('a cut batch at the end is left for the next answer', () => {
    const second = batch(['b'], { baseOffset: 1 })
    expect(scan([batch(['a'], {}), second.subarray(0, 30)])).toMatchObject({ values: 'a', nextOffset: 1, cutBytes: undefined }) // biome-ignore format: one thought
  })

  test('a first batch that is cut says how many bytes it needs', () => {
    const whole = batch(['a'], {})
    expect(scan([whole.subarray(0, 30)])).toMatchObject({ values: '', nextOffset: 0, cutBytes: whole.length })
    expect(scan([whole.subarray(0, 7)])).toMatchObject({ cutBytes: 0 })
  })
})

describe('transactions', () => {
  const log = [
    transaction(1, 0, ['a1', 'a2']),
    transaction(2, 2, ['b']),
    batch(['plain'], { baseOffset: 3 }),
    marker('ABORT', 1, 4),
    transaction(1, 5, ['c']),
    marker('COMMIT', 2, 6),
    marker('COMMIT', 1, 7),
  ]

  test('uncommitted: all records, and no markers', () => {
    expect(scan(log)).toMatchObject({ values: 'a1 a2 b plain c', nextOffset: 8 })
  })

  test('committed: aborted ones are hidden up to their marker, later ones of the same producer are not', () => {
    const aborted = [{ producerId: 1, firstOffset: 0 }]
    expect(scan(log, { aborted })).toMatchObject({ values: 'b plain c', nextOffset: 8 })
  })

  test('an answer that begins within an aborted transaction hides it, too', () => {
    const aborted = [{ producerId: 1, firstOffset: 0 }]
    expect(scan(log.slice(0, 3), { aborted, fetchOffset: 1 })).toMatchObject({ values: 'b plain', nextOffset: 4 })
  })

  test('a list that is not sorted', () => {
    const two = [...log.slice(0, 4), transaction(3, 5, ['x']), transaction(1, 6, ['y']), marker('ABORT', 3, 7), marker('ABORT', 1, 8)] // biome-ignore format: a log
    const aborted = [
      { producerId: 3, firstOffset: 4 },
      { producerId: 1, firstOffset: 0 },
      { producerId: 1, firstOffset: 6 },
    ]
    expect(scan(two, { aborted })).toMatchObject({ values: 'b plain', nextOffset: 9 })
  })

  test('producer ids beyond 2^53', () => {
    const producerId = 9_223_372_036_854_775_807n
    const wide = batch(['w'], { producerId, producerEpoch: 0, baseSequence: 0, transactional: true })
    expect(scan([wide], { aborted: [{ producerId, firstOffset: 0 }] }).values).toBe('')
  })
})

describe('a batch that is damaged', () => {
  const damaged = () => {
    const bytes = batch(['b', 'c'], { baseOffset: 1 })
    bytes[bytes.length - 2]! ^= 1
    return bytes
  }

  test('what is before it is shown, nothing behind it; the one behind says where to resume', () => {
    const found = scan([batch(['a'], {}), damaged(), batch(['d'], { baseOffset: 3 })])
    expect(found).toMatchObject({ values: 'a', nextOffset: 1, corrupt: { resumeOffset: 3 } })
    expect(found.corrupt!.cause.message).toContain('checksum')
  })

  test('at the end it says so itself', () => {
    expect(scan([damaged()], { fetchOffset: 1 })).toMatchObject({
      values: '',
      nextOffset: 1,
      corrupt: { resumeOffset: 3 },
    })
  })

  test('what it says of itself is not believed when it cannot be', () => {
    const bytes = damaged()
    bytes.writeInt32BE(-5, 23)
    expect(scan([bytes], { fetchOffset: 1 }).corrupt).toMatchObject({ resumeOffset: undefined })
  })

  test('a length that no batch has', () => {
    const bytes = damaged()
    bytes.writeInt32BE(3, 8)
    expect(scan([bytes], { fetchOffset: 1 })).toMatchObject({ nextOffset: 1, corrupt: { resumeOffset: undefined } })
  })

  test('checksums are not looked at when that is not wanted', () => {
    expect(scan([damaged()], { fetchOffset: 1, checksChecksums: false })).toMatchObject({
      nextOffset: 3,
      corrupt: undefined,
    })
  })
})

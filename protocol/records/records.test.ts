// Batches of every kind that Kafka writes: read, and (where Kafka's own bytes can be expected) built again.

import { describe, expect, test } from 'vitest'
import {
  type GoldenBatch,
  type GoldenRecord,
  goldenBatchChecks,
  goldenBatches,
} from '../../testing/golden/record-vectors.ts'
import { DecodeError } from '../wire/decode-error.ts'
import { buildBatch, emptyBatch } from './batch-builder.ts'
import { computedCrcOf, crcOf, magicOf, readBatchHeader } from './batch-header.ts'
import { batches, checkBatch, wholeBatchSize } from './batches.ts'
import { checkRecords } from './check-records.ts'
import { controlRecordTypes, decodeControlRecord, encodeControlRecord } from './control-record.ts'
import {
  legacyAttributesOf,
  legacyCompressionOf,
  legacyCrcOf,
  legacyTimestampOf,
  legacyTimestampTypeOf,
} from './legacy-record.ts'
import { type RecordView, readRecord } from './record.ts'
import { RecordReader } from './record-reader.ts'
import { recordBytes, records } from './records.ts'

const bytesOf = (text: string | null) => (text === null ? null : Buffer.from(text, 'base64'))
const sets = goldenBatches().map(set => ({ ...set, bytes: Buffer.from(set.hex, 'hex') }))
const all = sets.flatMap(({ id, bytes, batches: golden }) =>
  golden.map((batch, i) => ({
    id: `${id} ${i}`,
    golden: batch,
    batch: bytes.subarray(batch.position, batch.position + batch.sizeInBytes),
  })),
)
const modern = all.filter(({ golden }) => golden.magic === 2)
const legacy = all.filter(({ golden }) => golden.magic < 2)

const expectedRecord = (record: GoldenRecord) => ({
  offset: record.offset,
  timestamp: record.timestamp,
  sequence: record.sequence ?? -1,
  key: bytesOf(record.key),
  value: bytesOf(record.value),
  headers: (record.headers ?? []).map(({ key, value }) => ({ key, value: bytesOf(value) })),
  sizeInBytes: record.sizeInBytes,
})

const optionsOf = (golden: GoldenBatch) => ({
  baseOffset: golden.baseOffset,
  lastOffset: golden.lastOffset,
  partitionLeaderEpoch: golden.partitionLeaderEpoch!,
  compression: golden.compression,
  producerId: golden.producerId!,
  producerEpoch: golden.producerEpoch!,
  baseSequence: golden.baseSequence!,
  transactional: golden.transactional!,
  control: golden.control!,
  ...(golden.timestampType === 'LogAppendTime' ? { logAppendTimeMs: golden.maxTimestamp } : {}),
  ...(golden.deleteHorizonMs === null ? {} : { deleteHorizonMs: golden.deleteHorizonMs! }),
})

function rebuilt(golden: GoldenBatch, batch: Buffer): Buffer {
  const options = optionsOf(golden)
  if (golden.count === 0) return emptyBatch({ ...options, maxTimestamp: golden.maxTimestamp })
  return buildBatch(
    golden.timestampType === 'LogAppendTime' ? unstamped(batch) : golden.records.map(expectedRecord),
    options,
  )
}

/** The records with the timestamps that their producer gave them, which a batch stamped by the broker still holds. */
function unstamped(batch: Buffer): RecordView[] {
  const { baseOffset, baseTimestamp, baseSequence, count } = readBatchHeader(batch)
  const reader = new RecordReader(recordBytes(batch))
  const base = { baseOffset, baseTimestamp, baseSequence, logAppendTime: undefined }
  return Array.from({ length: count }, () => readRecord(reader, base))
}

describe('batches that Kafka wrote', () => {
  test('all of them are here', () => {
    expect([sets.length, modern.length > 90, legacy.length > 12]).toEqual([101, true, true])
  })

  test.each(sets)('$id is split where Kafka splits it', ({ bytes, batches: golden, trailingBytes }) => {
    const views = [...batches(bytes)]
    expect(views.map(view => [view.byteOffset - bytes.byteOffset, view.length])).toEqual(
      golden.map(batch => [batch.position, batch.sizeInBytes]),
    )
    expect(views.reduce((sum, view) => sum + view.length, 0)).toBe(bytes.length - trailingBytes)
  })

  test.each(modern)('$id has the header that Kafka reads', ({ golden, batch }) => {
    const { records: _, position: __, valid: ___, ...header } = golden
    expect(readBatchHeader(batch)).toEqual(header)
    expect(computedCrcOf(batch)).toBe(crcOf(batch))
    checkBatch(batch)
  })

  test.each(legacy)('$id has the header that Kafka reads', ({ golden, batch }) => {
    checkBatch(batch)
    expect({
      magic: magicOf(batch),
      crc: legacyCrcOf(batch),
      attributes: legacyAttributesOf(batch),
      compression: legacyCompressionOf(batch),
      timestampType: legacyTimestampTypeOf(batch),
      maxTimestamp: legacyTimestampOf(batch),
    }).toEqual({
      magic: golden.magic,
      crc: golden.crc,
      attributes: golden.attributes,
      compression: golden.compression,
      timestampType: golden.timestampType,
      maxTimestamp: golden.maxTimestamp,
    })
    const offsets = [...records(batch)].map(record => record.offset)
    expect([offsets[0], offsets.at(-1)]).toEqual([golden.baseOffset, golden.lastOffset])
  })

  test.each(all)('$id has the records that Kafka reads', ({ golden, batch }) => {
    expect([...records(batch)]).toEqual(golden.records.map(expectedRecord))
  })

  test.each(modern)('$id passes the walk of a produced batch', ({ golden, batch }) => {
    const rules = { keysRequired: false, timestampType: 'CreateTime', timestampMin: -100, timestampMax: 4e15 } as const
    const { maxTimestamp, failures, offsetsAreSequential } = checkRecords(batch, 0, recordBytes(batch), rules)
    expect(failures).toEqual([])
    expect(maxTimestamp).toBe(Math.max(-1, ...golden.records.map(record => record.timestamp)))
    expect(offsetsAreSequential).toBe(golden.records.every((record, i) => record.offset === golden.baseOffset + i))
  })

  test.each(modern.filter(({ golden }) => golden.compression === 'none'))(
    '$id is built again, byte for byte',
    ({ golden, batch }) => {
      expect(rebuilt(golden, batch).toString('hex')).toBe(batch.toString('hex'))
    },
  )

  test.each(modern.filter(({ golden }) => golden.compression !== 'none'))(
    '$id is built again with the same header and records',
    ({ golden, batch }) => {
      const built = rebuilt(golden, batch)
      checkBatch(built)
      const { crc: _, sizeInBytes: __, ...header } = readBatchHeader(built)
      expect(readBatchHeader(batch)).toMatchObject(header)
      expect(recordBytes(built).equals(recordBytes(batch))).toBe(true)
    },
  )
})

describe('control records that Kafka wrote', () => {
  const withControl = modern.flatMap(({ id, golden }) =>
    golden.records.flatMap(record => (record.controlRecord ? [{ id, record, control: record.controlRecord }] : [])),
  )

  test.each(withControl)('$id', ({ record, control }) => {
    const decoded = decodeControlRecord(bytesOf(record.key), bytesOf(record.value))
    if (decoded.type === 'UNKNOWN') throw new Error('unknown')
    const { typeId, ...rest } = control
    const name = control.type === 'KRAFT_VOTERS' ? 'KRAFT_VOTERS' : control.type
    expect(decoded).toMatchObject({ ...rest, type: name })
    expect(controlRecordTypes[decoded.type]).toBe(typeId)
    const encoded = encodeControlRecord(decoded)
    expect([encoded.key.toString('base64'), encoded.value.toString('base64')]).toEqual([record.key, record.value])
  })

  test('every type there is', () => {
    expect(new Set(withControl.map(({ control }) => control.type)).size).toBe(7)
  })

  test('a type of the future is named, not refused', () => {
    expect(decodeControlRecord(Buffer.from('00000063', 'hex'), null)).toEqual({ type: 'UNKNOWN', typeId: 99 })
  })

  test('a newer key and marker are read as far as they are understood', () => {
    const [key, value] = [Buffer.from('0001000100', 'hex'), Buffer.from('00010000001100', 'hex')]
    expect(decodeControlRecord(key, value)).toEqual({ type: 'COMMIT', coordinatorEpoch: 17 })
  })

  test.each([
    ['no key', null, 'AAA='],
    ['a short key', 'AAA=', 'AAAAAAAR'],
    ['a negative version', '//8AAA==', 'AAAAAAAR'],
    ['no value', 'AAAAAA==', null],
    ['a cut marker', 'AAAAAA==', 'AAAA'],
    ['a marker of negative version', 'AAAAAA==', '//8AAAAR'],
  ])('%s is a DecodeError', (_name, key, value) => {
    expect(() => decodeControlRecord(bytesOf(key), bytesOf(value))).toThrow(DecodeError)
  })
})

describe('damaged batches', () => {
  const checks = goldenBatchChecks()

  /** What Kafka's reader was asked: split, check, iterate; and how far it came. */
  function read(bytes: Buffer): { outcome: string; stage?: string; batchesRead: number; recordsRead: number } {
    let [stage, batchesRead, recordsRead] = ['split', 0, 0]
    try {
      for (let position = 0, size = 0; (size = wholeBatchSize(bytes, position)) > 0; position += size) {
        const batch = bytes.subarray(position, position + size)
        stage = 'ensureValid'
        checkBatch(batch)
        stage = 'records'
        for (const _record of records(batch)) recordsRead += 1
        batchesRead += 1
        stage = 'split'
      }
      return { outcome: 'ok', batchesRead, recordsRead }
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError)
      return { outcome: 'error', stage, batchesRead, recordsRead }
    }
  }

  test.each(checks)('$id: the verdict is that of Kafka', ({ hex, outcome, stage, batchesRead, recordsRead }) => {
    const bytes = Buffer.from(hex, 'hex')
    const result = read(bytes)
    expect(result).toMatchObject({ outcome, batchesRead, ...(outcome === 'error' ? { stage } : {}) })
    // Kafka decompresses piece by piece and so finds some records in front of the damage.
    const compressed = stage === 'records' && (bytes[22]! & 7) !== 0
    if (!compressed) expect(result.recordsRead).toBe(recordsRead)
  })

  test.each(checks.filter(({ stage }) => stage === 'records'))('$id: the walk refuses it, too', ({ hex }) => {
    const batch = Buffer.from(hex, 'hex')
    const rules = { keysRequired: false, timestampType: 'CreateTime', timestampMin: 0, timestampMax: 4e15 } as const
    expect(() => checkRecords(batch, 0, recordBytes(batch), rules)).toThrow(DecodeError)
  })
})

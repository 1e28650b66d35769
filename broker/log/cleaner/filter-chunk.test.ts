// What the vectors of Kafka's cleaner do not hold: message formats that Kafka has not written for years, and damage.

import { describe, expect, test } from 'vitest'
import { magicOf } from '../../../protocol/records/batch-header.ts'
import { batches, checkBatch } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import { goldenBatches } from '../../../testing/golden/record-vectors.ts'
import { batchOf } from '../../../testing/log-bench.ts'
import { CleanedTransactions, TransactionPass } from './cleaned-transactions.ts'
import { type FilterRules, filterChunk } from './filter-chunk.ts'
import { indexChunk } from './index-chunk.ts'
import { LastRecords, shareLastRecords } from './last-records.ts'
import { OffsetMap, slotBytes } from './offset-map.ts'
import { OffsetMarks } from './offset-marks.ts'
import { RetainedBytes } from './retained-bytes.ts'

const mapOf = () => new OffsetMap(new SharedArrayBuffer(100 * slotBytes), [1, 2, 3, 4])
const noMarks = new OffsetMarks(new SharedArrayBuffer(0), { byteOffset: 0, firstOffset: 0, count: 0 })
const countsOf = () => ({ recordsRead: 0, recordsRetained: 0, recordsWithoutKey: 0 })

function rules(map: OffsetMap, more: Partial<FilterRules> = {}): FilterRules {
  const pass = new TransactionPass()
  return {
    map,
    marks: noMarks,
    transactions: new CleanedTransactions(pass.aborted, pass.state),
    producers: new LastRecords(shareLastRecords([])),
    nowMs: 0,
    deleteRetentionMs: 0,
    firstDirtyOffset: 0,
    upperBoundOffset: -1,
    retainsLegacyTombstones: true,
    ...more,
  }
}

function filtered(chunk: Buffer, given: FilterRules): Buffer {
  const output = new RetainedBytes(Buffer.alloc(10))
  filterChunk(chunk, given, countsOf(), output)
  return output.bytes
}

const legacy = goldenBatches().filter(({ hex }) => {
  const bytes = Buffer.from(hex, 'hex')
  return bytes.length > 17 && magicOf(bytes) < 2 && [...batches(bytes)].length === 1
})

const keyed = ({ hex }: { hex: string }) => [...records(Buffer.from(hex, 'hex'))].filter(record => record.key !== null)

describe('message sets of magic 0 and 1', () => {
  test.each(legacy.filter(set => keyed(set).length > 1).map(set => [set.id, set] as const))('%s', (_, { hex }) => {
    const set = Buffer.from(hex, 'hex')
    const all = [...records(set)]
    const map = mapOf()
    for (const { key, offset } of all) if (key) map.put(key, 0, key.length, offset)
    map.latestOffset = 10_000
    const keys = new Map(all.flatMap(({ key, offset }) => (key ? [[key.toString('hex'), offset]] : [])))
    const last = all.filter(({ key, offset }) => key && keys.get(key.toString('hex')) === offset)
    const what = (of: typeof all) => of.map(({ offset, timestamp, key, value }) => ({ offset, timestamp, key, value }))
    const left = () => [filtered(set, rules(map))]
    expect(what(left().flatMap(piece => [...batches(piece)].flatMap(batch => [...records(batch)])))).toEqual(what(last))
    // One of them is replaced: the others stay, each a sound message of its own.
    const gone = last[0]!
    map.put(gone.key!, 0, gone.key!.length, 9999)
    map.latestOffset = 10_000
    const messages = left().flatMap(piece => [...batches(piece)])
    for (const message of messages) checkBatch(message)
    expect(what(messages.flatMap(message => [...records(message)]))).toEqual(what(last.slice(1)))
  })

  test('lose their tombstones when their segment is old', () => {
    const set = legacy.find(each => keyed(each).some(({ value }) => value === null))!
    const bytes = Buffer.from(set.hex, 'hex')
    const map = mapOf()
    indexChunk(bytes, {
      map,
      keysMax: 90,
      transactions: rules(map).transactions,
      startOffset: 0,
      marks: noMarks,
      recordsWithoutKey: 0,
    })
    const tombstones = (retainsLegacyTombstones: boolean) =>
      [filtered(bytes, rules(map, { retainsLegacyTombstones }))]
        .flatMap(piece => [...batches(piece)].flatMap(batch => [...records(batch)]))
        .filter(({ value }) => value === null).length
    expect([tombstones(true) > 0, tombstones(false)]).toEqual([true, 0])
  })
})

describe('a damaged batch', () => {
  const damaged = () => {
    const batch = batchOf(3)
    batch[80]! ^= 1
    return batch
  }

  test('says nothing about keys', () => {
    const map = mapOf()
    const { transactions } = rules(map)
    expect(() =>
      indexChunk(damaged(), { map, keysMax: 90, transactions, startOffset: 0, marks: noMarks, recordsWithoutKey: 0 }),
    ).toThrow(/damaged/)
    expect(map.size).toBe(0)
  })

  test('is not written anew', () => {
    expect(() => filtered(damaged(), rules(mapOf()))).toThrow(/damaged/)
  })
})

test('the last records of many producers are told apart, those beyond 2^53, too', () => {
  const producers = Array.from({ length: 1000 }, (_, index) => ({
    producerId: index % 2 === 0 ? index : BigInt(index) + 2n ** 60n,
    producerEpoch: index % 7,
    lastDataOffset: index % 3 === 0 ? -1 : index * 5,
  }))
  const table = new LastRecords(shareLastRecords(producers))
  for (const { producerId, producerEpoch, lastDataOffset } of producers) {
    const hasData = lastDataOffset >= 0
    expect(table.isLast(producerId, producerEpoch, hasData ? lastDataOffset : 3, !hasData)).toBe(true)
    expect(table.isLast(producerId, producerEpoch + 1, hasData ? lastDataOffset + 1 : 3, !hasData)).toBe(false)
  }
  expect(table.isLast(1_000_000, 0, 5, false)).toBe(false)
})

import { describe, expect, test } from 'vitest'
import { memoryDisk } from '../../io/sim/disk.ts'
import { IndexCache } from './index-cache.ts'
import { IndexOrderError, OffsetIndex } from './offset-index.ts'
import { OpenFiles } from './open-files.ts'
import { SegmentIndexes } from './segment-indexes.ts'
import { TimeIndex } from './time-index.ts'
import {
  decodeTransactionIndex,
  encodeAbortedTransaction,
  TransactionIndex,
  TransactionIndexError,
  transactionIndexEntryBytes,
} from './transaction-index.ts'

describe('the offset index', () => {
  const filled = () => {
    const index = new OffsetIndex(100)
    for (const [offset, position] of [
      [104, 500],
      [109, 1100],
      [120, 1700],
    ] as const)
      index.append(offset, position)
    return index
  }

  test.each([
    [100, 0],
    [103, 0],
    [104, 500],
    [108, 500],
    [109, 1100],
    [120, 1700],
    [5000, 1700],
  ])('for offset %i answers position %i', (offset, position) => expect(filled().lookup(offset)).toBe(position))

  test('holds big-endian pairs of relative offset and position', () => {
    expect(filled().entries.unstored().toString('hex')).toBe(
      '00000004000001f4' + '000000090000044c' + '00000014000006a4',
    )
  })

  test('rises, or says so', () => {
    expect(() => filled().append(120, 2000)).toThrow(IndexOrderError)
  })

  test.each([
    [104, 0],
    [105, 1],
    [120, 2],
    [121, 3],
  ])('cut to offset %i keeps %i entries', (offset, count) => {
    const index = filled()
    index.truncateTo(offset)
    expect(index.entries.count).toBe(count)
    expect(index.last).toEqual(count === 0 ? { offset: 100, position: 0 } : index.entry(count - 1))
    index.append(130, 9000)
    expect(index.last.offset).toBe(130)
  })

  test('is full when its file would be, and holds offsets of 31 bits', () => {
    const index = filled()
    expect([index.isFull(31), index.isFull(32), index.isFull(24)]).toEqual([true, false, true])
    expect([
      index.canHold(99),
      index.canHold(100),
      index.canHold(100 + 2 ** 31 - 1),
      index.canHold(100 + 2 ** 31),
    ]).toEqual([false, true, true, false])
  })

  test('finds the first entry at or behind a position', () => {
    expect([0, 500, 501, 1700, 1701].map(position => filled().offsetAtOrBehind(position))).toEqual([
      104,
      104,
      109,
      120,
      undefined,
    ])
  })

  test('takes entries and finds late offsets without the part that is in the file', () => {
    const stored = filled().entries.unstored()
    const index = new OffsetIndex(100, 3, { offset: 120, position: 1700 })
    expect([index.canLookup(500), index.entries.isLoaded]).toEqual([false, false])
    index.append(130, 2300)
    index.append(140, 2900)
    expect([index.canLookup(129), index.canLookup(130), index.lookup(139), index.lookup(140)]).toEqual([
      false,
      true,
      2300,
      2900,
    ])
    index.entries.load(stored)
    expect([index.canLookup(0), index.lookup(108), index.lookup(125)]).toEqual([true, 500, 1700])
    index.entries.markStored()
    expect([index.entries.storedCount, index.entries.unstored().length, index.lookup(131)]).toEqual([5, 0, 2300])
    index.entries.unload()
    expect(index.entries.isLoaded).toBe(false)
    expect(() => index.entries.load(Buffer.alloc(39))).toThrow(RangeError)
  })
})

describe('the time index', () => {
  const filled = () => {
    const index = new TimeIndex(100)
    index.maybeAppend(1000, 104)
    index.maybeAppend(3000, 120)
    return index
  }

  test.each([
    [999, -1, 100],
    [1000, 1000, 104],
    [2999, 1000, 104],
    [3000, 3000, 120],
    [2n ** 62n, 3000, 120],
  ])('for %s answers the entry of %i', (timestamp, found, offset) =>
    expect(filled().lookup(timestamp)).toEqual({ timestamp: found, offset }),
  )

  test('keeps only rising timestamps, and refuses what falls', () => {
    const index = filled()
    index.maybeAppend(3000, 125)
    expect(index.entries.count).toBe(2)
    expect(() => index.maybeAppend(2999, 130)).toThrow(IndexOrderError)
    expect(() => index.maybeAppend(4000, 119)).toThrow(IndexOrderError)
  })

  test('holds int64 timestamps exactly', () => {
    const index = new TimeIndex(0)
    index.maybeAppend(2n ** 62n + 1n, 7)
    expect(index.entries.unstored().toString('hex')).toBe('4000000000000001' + '00000007')
    expect(index.entry(0)).toEqual({ timestamp: 2n ** 62n + 1n, offset: 7 })
  })

  test('keeps a place for the entry of the roll', () => {
    expect([filled().isFull(48), filled().isFull(47), filled().isFull(36)]).toEqual([false, true, true])
  })

  test('is cut by offset', () => {
    const index = filled()
    index.truncateTo(120)
    expect([index.entries.count, index.last]).toEqual([1, { timestamp: 1000, offset: 104 }])
  })
})

describe('the transaction index', () => {
  const first = { producerId: 1, firstOffset: 0, lastOffset: 10, lastStableOffset: 5 }
  const second = { producerId: 2, firstOffset: 5, lastOffset: 20, lastStableOffset: 15 }
  const third = { producerId: 1, firstOffset: 15, lastOffset: 30, lastStableOffset: 31 }
  const file = () => Buffer.concat([first, second, third].map(encodeAbortedTransaction))

  test('has the form of Kafka', () => {
    expect(encodeAbortedTransaction(second).toString('hex')).toBe(
      '0000' + '0000000000000002' + '0000000000000005' + '0000000000000014' + '000000000000000f',
    )
    expect(decodeTransactionIndex(0, file()).entries).toEqual([first, second, third])
  })

  test.each([
    [0, 5, [first], true],
    [0, 6, [first, second], true],
    [11, 15, [second], true],
    [11, 20, [second, third], true],
    [21, 100, [third], false],
    [31, 100, [], false],
  ])('from %i up to %i', (from, upTo, expected, isComplete) => {
    const found: unknown[] = []
    expect(decodeTransactionIndex(0, file()).collect(from, upTo, found as never)).toBe(isComplete)
    expect(found).toEqual(expected)
  })

  test('is cut by the offset of the marker', () => {
    const index = decodeTransactionIndex(0, file())
    index.truncateTo(20)
    expect(index.entries).toEqual([first])
  })

  test('an incomplete last entry is not there; one that makes no sense is an error', () => {
    expect(decodeTransactionIndex(0, file().subarray(0, 2 * transactionIndexEntryBytes + 5)).entries.length).toBe(2)
    expect(() => decodeTransactionIndex(11, file())).toThrow(TransactionIndexError)
    const newer = file()
    newer.writeInt16BE(1, 0)
    expect(() => decodeTransactionIndex(0, newer)).toThrow(TransactionIndexError)
    const index = new TransactionIndex()
    index.append(second)
    expect(() => index.append(first)).toThrow(TransactionIndexError)
  })
})

test('the cache drops what was used longest ago when it is full', () => {
  const cache = new IndexCache(100)
  const dropped: string[] = []
  const indexes = ['a', 'b', 'c'].map(name => ({ loadedBytes: 40, unload: () => void dropped.push(name) }))
  for (const each of indexes.slice(0, 2)) cache.touch(each)
  cache.touch(indexes[0]!)
  cache.touch(indexes[2]!)
  expect([dropped, cache.bytes]).toEqual([['b'], 80])
  cache.forget(indexes[0]!)
  expect(cache.bytes).toBe(40)
  cache.touch({ loadedBytes: 500, unload: () => dropped.push('large') } as never)
  expect([dropped, cache.bytes]).toEqual([['b', 'c'], 500])
})

test('aborted transactions of old segments are dropped when others need the room, and read again', async () => {
  const home = { disk: memoryDisk(), directory: '/t-0', openFiles: new OpenFiles(), indexCache: new IndexCache(200) }
  await home.disk.makeDirectory('/t-0')
  const entries = Array.from({ length: 5 }, (_, index) => ({
    producerId: index,
    firstOffset: 10 * index,
    lastOffset: 10 * index + 5,
    lastStableOffset: 10 * index,
  }))
  const old = [new SegmentIndexes(home, 0), new SegmentIndexes(home, 1000)]
  const bytes = Buffer.concat(entries.map(encodeAbortedTransaction))
  await home.disk.replaceFile('/t-0/00000000000000000000.txnindex', bytes)
  const later = entries.map(entry => ({
    ...entry,
    firstOffset: entry.firstOffset + 1000,
    lastOffset: entry.lastOffset + 1000,
  }))
  await home.disk.replaceFile('/t-0/00000000000000001000.txnindex', Buffer.concat(later.map(encodeAbortedTransaction)))
  for (const each of [old[0]!, old[1]!, old[0]!]) {
    expect((await each.loadTransactions()).entries).toHaveLength(5)
    expect(home.indexCache.bytes).toBe(5 * transactionIndexEntryBytes)
    expect(old.map(({ transactions }) => transactions !== undefined)).toEqual(old.map(other => other === each))
  }
  // Dropped ones are in the file: nothing is written for them.
  await old[1]!.store(true)
  expect((await home.disk.readFile('/t-0/00000000000000001000.txnindex')).length).toBe(bytes.length)
  expect((await old[1]!.loadTransactions()).entries[4]).toEqual(later[4])
})

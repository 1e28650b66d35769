import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../io/sim/random.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import { batches } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import { CleanerBench } from '../../../testing/cleaner-bench.ts'
import { mapRoom } from './map-room.ts'
import { emptyOffsetMap, OffsetMap, slotBytes } from './offset-map.ts'
import { markBytes, OffsetMarks } from './offset-marks.ts'

const random = seededRandom(11)

describe('marks', () => {
  test.each([1, 31, 32, 33, 64, 200])('of %i offsets are counted as a set would count them', count => {
    const firstOffset = 2 ** 33 + 7
    const memory = new SharedArrayBuffer(24 + markBytes(count))
    const marks = new OffsetMarks(memory, { byteOffset: 24, firstOffset, count })
    const [last, tombstones] = [new Set<number>(), new Set<number>()]
    for (let i = 0; i < count; i += 1) {
      // Some of them lie outside.
      const offset = firstOffset - 5 + random.int(count + 10)
      if (random.int(2) === 0) last.add(offset) && marks.markLast(offset)
      if (random.int(20) === 0) tombstones.add(offset) && marks.markTombstone(offset)
    }
    const end = firstOffset + count
    for (let from = firstOffset; from < end; from += 1 + random.int(3)) {
      expect(marks.isLast(from)).toBe(last.has(from))
      for (let to = from; to < end; to += 1 + random.int(7)) {
        const within = (all: Set<number>) => [...all].filter(offset => offset >= from && offset <= to).length
        expect(marks.countLast(from, to)).toBe(within(last))
        expect(marks.hasTombstones(from, to)).toBe(within(tombstones) > 0)
      }
    }
    expect(marks.covers(firstOffset, end - 1)).toBe(true)
    expect([marks.covers(firstOffset - 1, firstOffset), marks.covers(firstOffset, end)]).toEqual([false, false])
  })

  test('made of a map say what the map says', () => {
    const memory = new SharedArrayBuffer(300 * slotBytes + markBytes(1000))
    const map = new OffsetMap(memory, [1, 2, 3, 4], emptyOffsetMap, 300)
    const marks = new OffsetMarks(memory, { byteOffset: 300 * slotBytes, firstOffset: 50, count: 1000 })
    const keys = Array.from({ length: 1000 }, () => Buffer.from(`key ${random.int(250)}`))
    for (const [index, key] of keys.entries()) map.put(key, 0, key.length, 50 + index)
    map.markLast(marks)
    const said = keys.map((key, index) => map.get(key, 0, key.length) === 50 + index)
    expect(keys.map((_, index) => marks.isLast(50 + index))).toEqual(said)
    expect(marks.countLast(50, 1049)).toBe(map.size)
  })
})

describe('the memory', () => {
  const [slots, keysMax] = [5_592_405, 5_033_164] // 128 MiB, 0.9

  test.each([
    ['a small log has as much as it needs', 1000, { mapSlots: 1113, markedOffsets: 1000, roomSlots: 1124 }],
    ['a log with more offsets than keys fit has marks for what the load factor leaves free', 50_000_000, { mapSlots: 5_505_024, markedOffsets: 8_388_576, roomSlots: slots }], // biome-ignore format: one thought
    ['an empty one has a slot', -3, { mapSlots: 2, markedOffsets: 0, roomSlots: 2 }],
  ])('%s', (_, offsets, room) => {
    expect(mapRoom(offsets, slots, keysMax)).toEqual(room)
  })

  test('keys come first: where the load factor leaves nothing free there are no marks', () => {
    expect(mapRoom(50_000_000, slots, slots)).toEqual({ mapSlots: slots, markedOffsets: 0, roomSlots: slots })
  })

  test('is never more than it may be, and always enough for the marks', () => {
    for (let i = 0; i < 2000; i += 1) {
      const allowed = 1 + random.int(10_000)
      const keys = 1 + random.int(allowed)
      const { mapSlots, markedOffsets, roomSlots } = mapRoom(random.int(50_000), allowed, keys)
      expect(roomSlots).toBeLessThanOrEqual(allowed)
      expect(mapSlots * slotBytes + markBytes(markedOffsets)).toBeLessThanOrEqual(roomSlots * slotBytes)
    }
  })
})

test('a map that is full in the middle of a batch: what the first pass has not seen stays', async () => {
  const bench = new CleanerBench()
  await bench.open({ 'cleanup.policy': 'compact', 'internal.segment.bytes': 2000 })
  const keyCount = 700
  for (let index = 0; index < 300; index += 1) {
    const inputs = Array.from({ length: 5 }, (_, at) => ({
      key: Buffer.from(`key ${(index * 5 + at) % keyCount}`),
      value: Buffer.from(String(index * 5 + at)),
    }))
    await bench.append(bench.log, buildBatch(inputs))
  }
  bench.log.roll()
  await bench.settle()
  const found = async () => [...batches(await bench.logBytes())].flatMap(batch => [...records(batch)])
  const options = { mapBytes: 130 * slotBytes }
  let cleanedUpTo: number | undefined
  for (let pass = 0; cleanedUpTo !== 1500; pass += 1) {
    const cleanable = await bench.cleanable(cleanedUpTo)
    const left = cleanable.firstUncleanableOffset - cleanable.firstDirtyOffset
    expect(mapRoom(left, 130, 117).markedOffsets).toBeGreaterThan(0)
    const before = await found()
    cleanedUpTo = await bench.clean(cleanable, options)
    expect(pass).toBeLessThan(20)
    const after = new Set((await found()).map(({ offset }) => offset))
    // Nothing at or above the end of this pass has gone, and of what is below the last of each key has not.
    expect(before.filter(({ offset }) => offset >= cleanedUpTo! && !after.has(offset))).toEqual([])
    const last = new Map(before.filter(({ offset }) => offset < cleanedUpTo!).map(({ key, offset }) => [String(key), offset])) // biome-ignore format: one thought
    expect([...last.values()].filter(offset => !after.has(offset))).toEqual([])
  }
  expect((await found()).map(({ offset }) => offset)).toEqual(Array.from({ length: keyCount }, (_, at) => 800 + at))
})

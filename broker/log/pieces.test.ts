// The smaller pieces of the log, each on its own.

import { describe, expect, test } from 'vitest'
import { DiskError } from '../../io/disk.ts'
import { memoryDisk } from '../../io/sim/disk.ts'
import { seededRandom } from '../../io/sim/random.ts'
import { batchOf, LogBench, logConfig, readAll, recordsIn } from '../../testing/log-bench.ts'
import { forEachAtOnce } from './at-once.ts'
import { IndexCache } from './index-cache.ts'
import { decodeSummaries, encodeSummaries } from './log-summary.ts'
import { LogFile, OpenFiles, openFilesMax, openFilesMaxFor } from './open-files.ts'
import { ProducerEntry } from './producer-entry.ts'
import { ProducerState } from './producer-state.ts'
import { RecentBatches, recentBatchesMax } from './recent-batches.ts'
import { rollJitterMs, segmentMsMax } from './roll.ts'
import type { LogSegment } from './segment.ts'

describe('recent batches', () => {
  const segment = {} as LogSegment

  test('are found by any of their offsets, and by those of a gap before them', () => {
    const recent = new RecentBatches()
    recent.add(segment, 0, 100, 10, 14)
    recent.add(segment, 100, 50, 20, 20)
    expect(recent.find(9)).toBeUndefined()
    expect(recent.find(12)).toEqual({ segment, baseOffset: 10, position: 0, size: 100 })
    expect(recent.find(16)).toEqual({ segment, baseOffset: 20, position: 100, size: 50 })
    expect(recent.find(21)).toBeUndefined()
    recent.clear()
    expect(recent.find(12)).toBeUndefined()
    for (let i = 0; i < 30; i += 1) recent.add(segment, i * 10, 10, i, i)
    for (let i = 0; i < 30; i += 1)
      expect(recent.find(i)).toEqual({ segment, baseOffset: i, position: i * 10, size: 10 })
  })

  test('are as many as the ring holds; the oldest are forgotten', () => {
    const recent = new RecentBatches()
    const count = recentBatchesMax * 2 + 3
    for (let i = 0; i < count; i += 1) recent.add(segment, i * 10, 10, i, i)
    expect(recent.find(count - recentBatchesMax - 1)).toBeUndefined()
    for (let i = count - recentBatchesMax; i < count; i += 1) expect(recent.find(i)?.position).toBe(i * 10)
  })
})

test('no more files are open than allowed, and the one used longest ago is closed', async () => {
  const disk = memoryDisk()
  const files = new OpenFiles(2)
  const [a, b, c] = ['/a', '/b', '/c'].map(path => new LogFile(disk, files, path)) as [LogFile, LogFile, LogFile]
  for (const file of [a, b]) await file.create()
  expect(await a.opened(file => file)).toBe(a.openNow)
  await c.create()
  expect([files.count, b.openNow]).toEqual([2, undefined])
  await b.opened(file => expect(file).toBe(b.openNow))
  expect([files.count, a.openNow]).toEqual([2, undefined])
  await b.close()
  expect(files.count).toBe(1)
  await expect(b.read(0, 1)).rejects.toMatchObject({ code: 'NOT_FOUND', path: '/b' })
})

test('files used in any order, closed and opened again: it is always the one used longest ago that goes', async () => {
  const disk = memoryDisk()
  const files = new OpenFiles(4)
  const all = Array.from({ length: 8 }, (_, index) => new LogFile(disk, files, `/${index}`))
  /** From the one used longest ago. */
  let expected: LogFile[] = []
  const use = (file: LogFile) => (expected = [...expected.filter(each => each !== file), file].slice(-4))
  for (const file of all) {
    await file.create()
    use(file)
  }
  const random = seededRandom(7)
  for (let step = 0; step < 500; step += 1) {
    const file = all[random.int(all.length)]!
    if (random.next() < 0.1) {
      await file.makeRoom()
      expected = expected.filter(each => each !== file)
    } else {
      await file.opened(() => {})
      use(file)
    }
    expect(files.count).toBe(expected.length)
    // Looking uses them too: in this order, so that nothing changes.
    expect(expected.every(each => each.openNow !== undefined)).toBe(true)
  }
})

test('a process that has run out of descriptors closes files that nobody uses, and the one that is needed is opened', async () => {
  const real = memoryDisk()
  const descriptorsMax = 3
  const open = new Set<string>()
  const disk = Object.create(real, {
    open: {
      value: async (path: string, mode: 'write' | 'create') => {
        if (open.size >= descriptorsMax) throw new DiskError('NO_DESCRIPTORS', path)
        const file = await real.open(path, mode)
        open.add(path)
        const close = file.close.bind(file)
        file.close = () => {
          open.delete(path)
          return close()
        }
        return file
      },
    },
  })
  const files = new OpenFiles(100)
  const all = Array.from({ length: 10 }, (_, index) => new LogFile(disk, files, `/${index}`))
  for (const file of all) await file.create()
  for (const file of all) expect(await file.read(0, 1)).toHaveLength(0)
  expect(files.count).toBeLessThanOrEqual(descriptorsMax)
  // Others have them all: only then it is said.
  for (const file of all) await file.makeRoom()
  for (const name of ['a', 'b', 'c']) open.add(name)
  await expect(all[0]!.read(0, 1)).rejects.toMatchObject({ code: 'NO_DESCRIPTORS', path: '/0' })
})

test('three quarters of the descriptors that a process may have are for segment files', () => {
  expect([undefined, 1, 1024, 20_000, 1_000_000].map(openFilesMaxFor)).toEqual([4096, 1, 768, 15_000, openFilesMax])
})

test('work of several steps keeps its file open, whoever needs the room', async () => {
  const disk = memoryDisk()
  const files = new OpenFiles(1)
  const [a, b] = ['/a', '/b'].map(path => new LogFile(disk, files, path)) as [LogFile, LogFile]
  await a.create()
  const read = a.hold(async file => {
    await file.write([Buffer.from('abc')], 0)
    await b.create()
    expect([files.count, a.openNow]).toEqual([1, undefined])
    return file.read(0, 3)
  })
  expect((await read).toString()).toBe('abc')
})

test('a log of many segments works with few open files and little memory for indexes', async () => {
  const [openFiles, indexCache] = [new OpenFiles(3), new IndexCache(64)]
  const bench = new LogBench({ openFiles, indexCache })
  const log = await bench.open({ 'internal.segment.bytes': 900, 'index.interval.bytes': 100 })
  for (let i = 0; i < 200; i += 1) await bench.append(log, batchOf(3))
  expect(log.segmentCount).toBeGreaterThan(20)
  expect(recordsIn(await readAll(log)).map(record => record.offset)).toEqual(Array.from({ length: 600 }, (_, i) => i))
  expect(recordsIn(await log.readBytes(301, { maxBytes: 1, upTo: 600 }))[0]!.offset).toBe(300)
  expect(openFiles.count).toBeLessThanOrEqual(3)
  expect(indexCache.bytes).toBeLessThanOrEqual(64 + 48)
})

test('an index file of an old segment that makes no sense is built anew', async () => {
  const bench = new LogBench()
  const config = { 'internal.segment.bytes': 2000, 'index.interval.bytes': 100 }
  const log = await bench.open(config)
  for (let i = 0; i < 40; i += 1) await bench.append(log, batchOf(3))
  await bench.done(log.close())
  const index = bench.file('00000000000000000000.index')
  const damaged = Buffer.from(index)
  damaged.writeInt32BE(1_000_000, 8)
  await bench.disk.replaceFile(`${bench.path}/00000000000000000000.index`, damaged)
  const again = await bench.open(config, { wasClean: true })
  expect(recordsIn(await again.readBytes(20, { maxBytes: 1, upTo: 120 }))[0]!.offset).toBe(18)
  expect(bench.file('00000000000000000000.index').equals(index)).toBe(true)
})

test('segments that are made together are not rolled together', () => {
  const config = logConfig({ 'segment.jitter.ms': 1000, 'segment.ms': 5000 })
  expect([0, 0.5, 0.999].map(chance => rollJitterMs(config, chance))).toEqual([0, 500, 999])
  expect(rollJitterMs(logConfig({ 'segment.jitter.ms': 10_000, 'segment.ms': 5000 }), 0.5)).toBe(2500)
  expect(rollJitterMs(logConfig(), 0.9)).toBe(0)
})

test('a compacted log rolls in time to be compacted', () => {
  const lag = { 'max.compaction.lag.ms': 1000, 'segment.ms': 5000 }
  expect(segmentMsMax(logConfig({ ...lag, 'cleanup.policy': 'compact' }))).toBe(1000)
  expect(segmentMsMax(logConfig(lag))).toBe(5000)
})

test('tasks at once are bounded, and the first error ends them', async () => {
  let running = 0
  let most = 0
  const done: number[] = []
  const task = async (item: number) => {
    most = Math.max(most, (running += 1))
    await Promise.resolve()
    running -= 1
    if (item === 5) throw new Error('five')
    done.push(item)
  }
  await expect(forEachAtOnce([1, 2, 3, 4, 5, 6, 7, 8, 9], 2, task)).rejects.toThrow('five')
  expect([most, done.includes(9)]).toEqual([2, false])
})

test('summaries keep int64 timestamps exact, and nonsense is none', () => {
  const summary = { topic: 't', partition: 1, firstBatchTimestamp: 2n ** 60n } as never
  expect(decodeSummaries(encodeSummaries([summary]))!.get('t-1')).toEqual(summary)
  expect(decodeSummaries(Buffer.from('{'))).toBeUndefined()
})

describe('the producers of a log', () => {
  const batch = (baseSequence: number, lastSequence = baseSequence, producerEpoch = 0, isTransactional = false) => ({
    producerId: 1,
    producerEpoch,
    baseSequence,
    lastSequence,
    isTransactional,
  })

  test('hold the last stable offset back until a marker is below the high watermark', () => {
    const state = new ProducerState()
    state.addData({ ...batch(0, 1), isTransactional: true }, 10, 11, 5)
    state.addData({ ...batch(0, 0), producerId: 2, isTransactional: true }, 12, 12, 5)
    expect(state.firstUnstableOffset).toBe(10)
    const marker = { producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, isAbort: true }
    const completed = state.addMarker(marker, 13, 6)!
    expect(completed).toEqual({ producerId: 1, firstOffset: 10, lastOffset: 13, isAborted: true })
    expect(state.lastStableOffsetAfter(completed)).toBe(12)
    state.complete(completed)
    state.onHighWatermark(13)
    expect(state.firstUnstableOffset).toBe(10)
    state.onHighWatermark(14)
    expect(state.firstUnstableOffset).toBe(12)
    expect(state.addMarker(marker, 14, 6)).toBeUndefined()
  })

  test('come back from a snapshot with their transactions, unless they have been silent for too long', () => {
    const entry = (producerId: number, lastTimestamp: number, firstOffset: number) => {
      const made = new ProducerEntry(producerId)
      made.addBatch(0, { lastSequence: 3, lastOffset: 9, offsetDelta: 0, timestamp: lastTimestamp })
      made.currentTransactionFirstOffset = firstOffset
      return made
    }
    const state = new ProducerState()
    state.load([entry(1, 0, -1), entry(2, 0, 7), entry(3, 900, 4), entry(4, 1000, -1)], 10, 1100, 1000)
    expect([...state.entries()].map(each => each.producerId)).toEqual([2, 3, 4])
    expect([state.firstUnstableOffset, state.endOffset]).toEqual([4, 10])
    expect(state.hasOngoingTransaction(2, 0)).toBe(true)
    expect(state.hasOngoingTransaction(2, 1)).toBe(false)
  })
})

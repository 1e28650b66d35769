// Thousands of segments, few open files and little memory for indexes, and reads all over the place at once: the limits hold
// at every moment, and every answer is right.

import { expect, test } from 'vitest'
import { baseOffsetOf, lastOffsetOf } from '../../protocol/records/batch-header.ts'
import { batches } from '../../protocol/records/batches.ts'
import { batchOf, LogBench } from '../../testing/log-bench.ts'
import { IndexCache } from './index-cache.ts'
import { OpenFiles } from './open-files.ts'
import type { PartitionLog } from './partition-log.ts'

const segments = 2500
const batchesPerSegment = 4
const perBatch = 3
const openFilesMax = 20
const indexBytesMax = 2000
/** Those of the segment that was loaded last are kept whatever they take. */
const indexBytesOfSegment = 100
const firstTimestamp = 1_767_225_600_000

const bench = new LogBench({ openFiles: new OpenFiles(openFilesMax), indexCache: new IndexCache(indexBytesMax) })
const { openFiles, indexCache, random } = bench
const batch = (index: number) => batchOf(perBatch, { prefix: `b${index}`, timestamp: firstTimestamp + 10 * index })
const config = { 'internal.segment.bytes': batch(10_000).length * batchesPerSegment, 'index.interval.bytes': 1 }

let most = { openFiles: 0, indexBytes: 0 }
/** How many descriptors are open is asked of the disk itself, too. */
function watch(): void {
  const found = { openFiles: openFiles.count, indexBytes: indexCache.bytes }
  most = {
    openFiles: Math.max(most.openFiles, found.openFiles),
    indexBytes: Math.max(most.indexBytes, found.indexBytes),
  }
}

async function fill(): Promise<PartitionLog> {
  const log = await bench.open(config)
  for (let index = 0; log.segmentCount < segments; index += 1) {
    log.append(batch(index), { leaderEpoch: 0, origin: 'client' })
    if (index % 200 === 0) await bench.settle()
    watch()
  }
  await bench.done(log.flush())
  return log
}

async function readByOffset(log: PartitionLog, offset: number): Promise<void> {
  const bytes = await log.readBytes(offset, { maxBytes: 1, upTo: log.logEndOffset })
  const [found] = [...batches(bytes)]
  const baseOffset = offset - (offset % perBatch)
  expect([baseOffsetOf(found!), lastOffsetOf(found!)]).toEqual([baseOffset, baseOffset + perBatch - 1])
  watch()
}

async function readByTime(log: PartitionLog, offset: number): Promise<void> {
  const timestamp = firstTimestamp + 10 * Math.floor(offset / perBatch) + (offset % perBatch)
  expect(await log.offsetForTimestamp(timestamp, log.logEndOffset)).toEqual({ timestamp, offset, leaderEpoch: 0 })
  watch()
}

/** Many at once, and in between some more is appended. */
async function readAllOver(log: PartitionLog, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const end = log.logEndOffset
    const reads = Array.from({ length: 100 }, () => readByOffset(log, random.int(end)))
    if (round % 5 === 0) reads.push(readByTime(log, random.int(end)))
    const appended = log.nextOffset / perBatch
    log.append(batch(appended), { leaderEpoch: 0, origin: 'client' })
    await bench.settle()
    await Promise.all(reads)
    watch()
  }
}

test('thousands of segments, a few descriptors, a little memory', async () => {
  const log = await fill()
  expect(log.segmentCount).toBe(segments)
  await readAllOver(log, 15)
  expect(bench.directory.failure).toBeUndefined()
  expect(most.openFiles).toBeLessThanOrEqual(openFilesMax)
  expect(most.indexBytes).toBeLessThanOrEqual(indexBytesMax + indexBytesOfSegment)
  // All of it was used: the limits were reached and things were taken away again and again.
  expect([openFiles.count, most.indexBytes > indexBytesMax - indexBytesOfSegment]).toEqual([openFilesMax, true])
})

test('the same after a start, in good order and without it', async () => {
  most = { openFiles: 0, indexBytes: 0 }
  bench.crash()
  const recovered = await bench.open(config)
  await readAllOver(recovered, 5)
  await bench.done(recovered.close())
  expect([openFiles.count, indexCache.bytes]).toEqual([0, 0])
  const opened = await bench.open(config, { wasClean: true })
  await readAllOver(opened, 5)
  await bench.done(opened.close())
  expect([openFiles.count, indexCache.bytes]).toEqual([0, 0])
  expect(most.openFiles).toBeLessThanOrEqual(openFilesMax)
  expect(most.indexBytes).toBeLessThanOrEqual(indexBytesMax + indexBytesOfSegment)
})

test('cut in the middle while others read', async () => {
  const log = await bench.open(config, { wasClean: true })
  const middle = perBatch * Math.floor(log.logEndOffset / perBatch / 2)
  const reads = Array.from({ length: 50 }, () => readByOffset(log, random.int(middle)))
  await Promise.all([bench.done(log.truncateTo(middle)), ...reads])
  expect([log.logEndOffset, bench.directory.failure]).toEqual([middle, undefined])
  await readAllOver(log, 3)
  await bench.done(log.close())
})

test('retention takes segments away while somebody looks for a time', async () => {
  const log = await bench.open({ ...config, 'retention.bytes': 5000 }, { wasClean: true })
  const end = log.logEndOffset
  let deleted: number | undefined
  void bench.done(log.deleteOldSegments(bench.clock.now())).then(count => (deleted = count))
  for (let round = 0; deleted === undefined && round < 2000; round += 1) {
    await bench.settle()
    const offset = perBatch * random.int(end / perBatch - 20)
    const timestamp = firstTimestamp + (10 * offset) / perBatch
    const looks = Array.from({ length: 5 }, () => log.offsetForTimestamp(timestamp, end))
    // That record, or the first one that is left.
    for (const found of await Promise.all(looks)) expect(found?.offset).toBeGreaterThanOrEqual(offset)
  }
  expect(deleted).toBeGreaterThan(500)
  expect(bench.directory.failure).toBeUndefined()
})

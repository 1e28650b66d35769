import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../io/sim/random.ts'
import { errors } from '../../protocol/errors.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { encodeControlRecord } from '../../protocol/records/control-record.ts'
import { batchOf, benchTopicId, LogBench, logConfig, readAll, recordsIn } from '../../testing/log-bench.ts'
import { type CachedIndexes, IndexCache } from './index-cache.ts'
import type { PartitionLog } from './partition-log.ts'
import { decodeTransactionIndex } from './transaction-index.ts'
import type { VerificationGuard } from './transaction-verifications.ts'

const client = { leaderEpoch: 0, origin: 'client' } as const

/** Operations of one kind that the disk performed, by file name. */
function tracedBench(options: ConstructorParameters<typeof LogBench>[0] = {}) {
  const operations: string[] = []
  const bench = new LogBench({ ...options, disk: { ...options.disk, trace: line => void operations.push(line) } })
  const count = (kind: string, suffix: string) =>
    operations.filter(line => line.startsWith(kind) && line.includes(suffix)).length
  return { bench, operations, count }
}

describe('writing', () => {
  test('is queued behind the decision', async () => {
    const bench = new LogBench()
    const log = await bench.open()
    const outcome = log.append(batchOf(3), client)
    expect(outcome).toEqual({ ok: true, baseOffset: 0, lastOffset: 2, logAppendTimeMs: -1, duplicate: false })
    expect([log.nextOffset, log.logEndOffset]).toEqual([3, 0])
    await bench.settle()
    expect(log.logEndOffset).toBe(3)
    expect(recordsIn(await readAll(log)).map(record => record.offset)).toEqual([0, 1, 2])
  })

  test('what gathers in one turn of the loop is one write', async () => {
    const { bench, count } = tracedBench()
    const log = await bench.open()
    const seen: number[] = []
    log.onWritten(offset => seen.push(offset))
    for (let i = 0; i < 10; i += 1) log.append(batchOf(2), client)
    await bench.settle()
    expect(count('write', '.log')).toBe(1)
    expect(seen).toEqual([20])
  })

  test('tells listeners until they leave', async () => {
    const bench = new LogBench()
    const log = await bench.open()
    const seen: number[] = []
    const leave = log.onWritten(offset => seen.push(offset))
    await bench.append(log, batchOf(1))
    leave()
    await bench.append(log, batchOf(1))
    expect(seen).toEqual([1])
  })

  test('waits for flush.messages before anybody sees it', async () => {
    const { bench, count } = tracedBench()
    const log = await bench.open({ 'flush.messages': 3 })
    await bench.append(log, batchOf(2))
    expect([log.logEndOffset, log.recoveryPoint, count('datasync', '.log')]).toEqual([2, 0, 0])
    await bench.append(log, batchOf(2))
    expect([log.logEndOffset, log.recoveryPoint, count('datasync', '.log')]).toEqual([4, 4, 1])
  })

  test('refuses more than may wait for the disk', async () => {
    const bench = new LogBench()
    const log = await bench.open({ 'max.message.bytes': 100_000_000 })
    const large = () => batchOf(1, { valueBytes: 40_000_000 })
    expect(log.append(large(), client).ok).toBe(true)
    const outcome = log.append(large(), client)
    expect(outcome).toMatchObject({ ok: false, error: errors.REQUEST_TIMED_OUT })
    await bench.settle()
    expect(log.append(large(), client).ok).toBe(true)
  })

  test('a single batch larger than the queue is taken when nothing waits', async () => {
    const bench = new LogBench()
    const log = await bench.open({ 'max.message.bytes': 100_000_000 })
    expect((await bench.append(log, batchOf(1, { valueBytes: 70_000_000 }))).ok).toBe(true)
    expect(log.logEndOffset).toBe(1)
  })
})

describe('flushing', () => {
  test('moves the recovery point to what was appended before the call', async () => {
    const { bench, count } = tracedBench()
    const log = await bench.open()
    log.append(batchOf(5), client)
    await bench.done(log.flush())
    expect([log.logEndOffset, log.recoveryPoint]).toEqual([5, 5])
    expect(count('datasync', '.log')).toBe(1)
    expect(count('syncDirectory', 'orders-0')).toBeGreaterThan(0)
  })

  test('those who wait share a sync', async () => {
    const { bench, count } = tracedBench()
    const log = await bench.open()
    log.append(batchOf(5), client)
    await bench.done(Promise.all([log.flush(), log.flush(), log.flush()]))
    expect(count('datasync', '.log')).toBe(1)
  })
})

describe('rolling', () => {
  test('by size; the old segment gets its indexes and the next one a producer snapshot', async () => {
    const bench = new LogBench()
    const log = await bench.open({ 'internal.segment.bytes': 200 })
    for (let i = 0; i < 4; i += 1) await bench.append(log, batchOf(3))
    expect(log.segmentCount).toBe(4)
    expect(await bench.files()).toContain('00000000000000000003.snapshot')
    expect(bench.file('00000000000000000000.timeindex').length).toBe(12)
    expect(log.recoveryPoint).toBe(9)
  })

  test('a snapshot of the roll holds what was written before it, not what came after', async () => {
    const bench = new LogBench()
    const log = await bench.open({ 'internal.segment.bytes': 200 })
    const produced = (baseSequence: number) => batchOf(3, { producerId: 4, producerEpoch: 0, baseSequence })
    log.append(produced(0), client)
    log.append(produced(3), client)
    log.append(produced(6), client)
    await bench.settle()
    bench.crash()
    await bench.disk.remove(`${bench.path}/00000000000000000006.log`)
    const again = await bench.open({ 'internal.segment.bytes': 200 })
    expect([again.nextOffset, [...again.activeProducers()][0]!.lastSequence]).toEqual([6, 5])
  })

  test('by the age that records tell', async () => {
    const bench = new LogBench()
    const log = await bench.open({ 'segment.ms': 1000 })
    await bench.append(log, batchOf(1))
    await bench.append(log, batchOf(1, { timestamp: bench.clock.now() + 1001 }))
    expect(log.segmentCount).toBe(2)
  })

  test('asked for, but not of an empty segment', async () => {
    const bench = new LogBench()
    const log = await bench.open()
    log.roll()
    await bench.append(log, batchOf(1))
    log.roll()
    log.roll()
    await bench.settle()
    expect(log.segmentCount).toBe(2)
  })
})

describe('reading', () => {
  async function filled(config: Record<string, string | number> = {}): Promise<{ bench: LogBench; log: PartitionLog }> {
    const bench = new LogBench()
    const log = await bench.open({ 'index.interval.bytes': 200, ...config })
    for (let i = 0; i < 400; i += 1) log.append(batchOf(3, { prefix: `batch-${i}` }), client)
    await bench.settle()
    return { bench, log }
  }
  const options = (log: PartitionLog, maxBytes = 1000) => ({ maxBytes, upTo: log.logEndOffset, atLeastOneBatch: true })

  test('begins at the batch that holds the offset', async () => {
    const { log } = await filled()
    for (const offset of [0, 1, 2, 3, 500, 501, 502, 1198, 1199]) {
      const bytes = await log.readBytes(offset, { maxBytes: 1, upTo: log.logEndOffset })
      expect(recordsIn(bytes).map(record => record.offset)).toEqual(
        [0, 1, 2].map(delta => offset - (offset % 3) + delta),
      )
    }
  })

  test('at the end of the log looks into no file', async () => {
    const { log } = await filled()
    const read = log.read(1197, options(log))
    expect(read).not.toBeInstanceOf(Promise)
    expect(read).toMatchObject({ ok: true, batchBaseOffset: 1197 })
  })

  test('gives a first batch that is larger than asked for, or nothing, as the caller wants', async () => {
    const { log } = await filled()
    const some = await log.read(600, options(log, 10))
    expect(some.ok && some.bytes).toBeGreaterThan(100)
    const none = await log.read(600, { ...options(log, 10), atLeastOneBatch: false })
    expect(none).toMatchObject({ ok: true, bytes: 0, part: undefined })
    const cut = await log.read(600, { ...options(log, 600), atLeastOneBatch: false })
    expect(cut.ok && cut.bytes).toBe(600)
  })

  test('stops before the bound', async () => {
    const { log } = await filled()
    for (const upTo of [603, 606, 900, 1200]) {
      const bytes = await log.readBytes(600, { maxBytes: 1 << 20, upTo })
      expect(recordsIn(bytes).at(-1)!.offset).toBe(upTo - 1)
    }
    expect(await log.read(600, { ...options(log), upTo: 600 })).toMatchObject({ ok: true, part: undefined })
  })

  test('outside of the log is out of range', async () => {
    const { log } = await filled()
    expect(await log.read(1201, options(log))).toEqual({ ok: false, error: errors.OFFSET_OUT_OF_RANGE })
    await log.deleteRecordsBefore(30)
    expect(await log.read(29, options(log))).toEqual({ ok: false, error: errors.OFFSET_OUT_OF_RANGE })
    expect(await log.read(1200, options(log))).toMatchObject({ ok: true, part: undefined })
    await expect(log.readBytes(29, { maxBytes: 1, upTo: 100 })).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
  })

  test('stays within one segment, and goes on in the next', async () => {
    const { log } = await filled({ 'internal.segment.bytes': 5000 })
    expect(log.segmentCount).toBeGreaterThan(5)
    expect(recordsIn(await readAll(log)).map(record => record.offset)).toEqual(
      Array.from({ length: 1200 }, (_, i) => i),
    )
  })

  test('a part stays readable after its segment is gone', async () => {
    const { bench, log } = await filled({ 'internal.segment.bytes': 5000, 'retention.bytes': 0 })
    const read = await log.read(0, options(log))
    if (!read.ok || !read.part) throw new Error('nothing read')
    await bench.done(log.deleteOldSegments(bench.clock.now()))
    bench.clock.advance(60_000)
    await bench.settle()
    expect(await bench.files()).not.toContain('00000000000000000000.log')
    expect((await read.part.file.read(read.part.position, read.part.length)).length).toBe(read.bytes)
    read.release()
  })
})

describe('what goes', () => {
  const config = { 'internal.segment.bytes': 200, 'file.delete.delay.ms': 1000 }

  async function filled(overrides: Record<string, string | number>): Promise<{ bench: LogBench; log: PartitionLog }> {
    const bench = new LogBench()
    const log = await bench.open({ ...config, ...overrides })
    for (let i = 0; i < 6; i += 1) await bench.append(log, batchOf(3, { timestamp: bench.clock.now() + i * 1000 }))
    return { bench, log }
  }

  test('by size: as much as is too much', async () => {
    const { bench, log } = await filled({ 'retention.bytes': 500 })
    const size = log.sizeBytes
    expect(await bench.done(log.deleteOldSegments(bench.clock.now()))).toBe(Math.floor((size - 500) / (size / 6)))
    expect(log.sizeBytes).toBeGreaterThanOrEqual(500)
    expect(log.logStartOffset).toBe(log.firstSegmentOffset)
  })

  test('by age: the largest timestamp of the segment counts, and the active one goes, too', async () => {
    const { bench, log } = await filled({ 'retention.ms': 2000 })
    const lastMs = bench.clock.now() + 5002
    expect(await bench.done(log.deleteOldSegments(lastMs))).toBe(3)
    expect(log.logStartOffset).toBe(9)
    expect(await bench.done(log.deleteOldSegments(lastMs + 2001))).toBe(3)
    expect([log.logStartOffset, log.logEndOffset, log.segmentCount, log.sizeBytes]).toEqual([18, 18, 1, 0])
    expect(await bench.append(log, batchOf(1))).toMatchObject({ ok: true, baseOffset: 18 })
  })

  test('before the log start: whole segments, also without cleanup.policy=delete', async () => {
    const { bench, log } = await filled({ 'cleanup.policy': 'compact', 'retention.ms': 0 })
    await log.deleteRecordsBefore(8)
    expect(log.logStartOffset).toBe(8)
    expect(await bench.done(log.deleteOldSegments(bench.clock.now() + 1e9))).toBe(2)
    expect([log.firstSegmentOffset, log.logStartOffset]).toEqual([6, 8])
    expect(recordsIn(await readAll(log)).map(record => record.offset)[0]).toBe(6)
  })

  test('never reaches beyond the high watermark', async () => {
    const { bench, log } = await filled({ 'retention.bytes': 0 })
    log.setHighWatermark(7)
    expect(await bench.done(log.deleteOldSegments(bench.clock.now()))).toBe(2)
    await expect(log.deleteRecordsBefore(8)).rejects.toThrow(/above the high watermark/)
  })

  test('is renamed at once and removed later', async () => {
    const { bench, log } = await filled({ 'retention.bytes': 0 })
    log.setHighWatermark(5)
    await bench.done(log.deleteOldSegments(bench.clock.now()))
    const deleted = (await bench.files()).filter(name => name.endsWith('.deleted'))
    expect(deleted).toContain('00000000000000000000.log.deleted')
    bench.clock.advance(1000)
    await bench.settle()
    expect((await bench.files()).filter(name => name.endsWith('.deleted'))).toEqual([])
  })

  test('a log start survives being opened again, from the checkpoint', async () => {
    const { bench, log } = await filled({})
    await log.deleteRecordsBefore(8)
    await bench.done(log.close())
    const again = await bench.open(config, { wasClean: true, logStartOffset: 8, recoveryPoint: 18 })
    expect([again.logStartOffset, again.firstSegmentOffset, again.nextOffset]).toEqual([8, 0, 18])
  })

  test('a log start above the log end takes everything with it', async () => {
    const { bench, log } = await filled({})
    await bench.done(log.close())
    const again = await bench.open(config, { wasClean: true, logStartOffset: 50 })
    expect([again.logStartOffset, again.nextOffset, again.sizeBytes]).toEqual([50, 50, 0])
  })
})

describe('cutting', () => {
  async function filled(): Promise<{ bench: LogBench; log: PartitionLog }> {
    const bench = new LogBench()
    const log = await bench.open({ 'internal.segment.bytes': 800, 'index.interval.bytes': 100 })
    for (let i = 0; i < 10; i += 1) {
      const batch = batchOf(3, { producerId: 1, producerEpoch: 0, baseSequence: i * 3 })
      await bench.append(log, batch, { leaderEpoch: i })
    }
    return { bench, log }
  }

  test.each([0, 3, 7, 15, 29, 30, 31])('to %i leaves what is below, and goes on there', async offset => {
    const { bench, log } = await filled()
    await bench.done(log.truncateTo(offset))
    const kept = Math.min(30, offset - (offset % 3))
    expect([log.nextOffset, log.logEndOffset]).toEqual([Math.min(30, offset), Math.min(30, offset)])
    expect(recordsIn(await readAll(log)).length).toBe(kept)
    expect(log.latestEpoch).toBe(kept === 0 ? undefined : Math.ceil(Math.min(30, offset) / 3) - 1)
    expect([...log.activeProducers()][0]?.lastSequence).toBe(kept === 0 ? undefined : kept - 1)
    const next = await bench.append(log, batchOf(2), { leaderEpoch: 20 })
    expect(next).toMatchObject({ ok: true, baseOffset: Math.min(30, offset) })
  })

  test('what was cut does not come back after a crash', async () => {
    const { bench, log } = await filled()
    await bench.done(log.truncateTo(12))
    bench.crash()
    const again = await bench.open({ 'internal.segment.bytes': 800 })
    expect([again.nextOffset, again.latestEpoch]).toEqual([12, 3])
  })

  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'what was cut does not come back after a loss of power, %i',
    async seed => {
      const config = { 'internal.segment.bytes': 200 }
      const bench = new LogBench({ disk: { random: seededRandom(seed) } })
      const log = await bench.open(config)
      await bench.syncParents()
      for (let i = 0; i < 8; i += 1) await bench.append(log, batchOf(3, { prefix: 'old' }))
      await bench.done(log.flush())
      await bench.done(log.truncateTo(9))
      // No roll, and so no flush, that would sync the directory by the way.
      log.updateConfig(logConfig())
      await bench.append(log, batchOf(6, { prefix: 'new' }))
      bench.losePower()
      const found = recordsIn(await readAll(await bench.open(config)))
      expect(found.map(record => record.offset)).toEqual(found.map((_, index) => index))
      expect(found.slice(0, 9).every(({ value }) => value.startsWith('old'))).toBe(true)
      expect(found.slice(9).every(({ value }) => value.startsWith('new'))).toBe(true)
    },
  )

  test('everything, to begin elsewhere', async () => {
    const { bench, log } = await filled()
    await bench.done(log.truncateFullyAndStartAt(100))
    expect([log.logStartOffset, log.nextOffset, log.latestEpoch, log.segmentCount]).toEqual([100, 100, undefined, 1])
    expect(await bench.append(log, batchOf(1))).toMatchObject({ ok: true, baseOffset: 100 })
  })

  test('nothing is appended meanwhile', async () => {
    const { bench, log } = await filled()
    const cutting = log.truncateTo(3)
    expect(log.append(batchOf(1), client)).toMatchObject({ ok: false, error: errors.NOT_LEADER_OR_FOLLOWER })
    await bench.done(cutting)
    expect(log.append(batchOf(1), client).ok).toBe(true)
  })
})

describe('closing', () => {
  test('writes what is queued and everything that the next opening needs', async () => {
    const bench = new LogBench()
    const log = await bench.open({ 'index.interval.bytes': 100 })
    for (let i = 0; i < 10; i += 1)
      log.append(batchOf(3, { producerId: 2, producerEpoch: 0, baseSequence: i * 3 }), client)
    await bench.done(log.close())
    expect(bench.file('00000000000000000000.index').length).toBeGreaterThan(0)
    expect(await bench.files()).toEqual([
      '00000000000000000000.index',
      '00000000000000000000.log',
      '00000000000000000000.timeindex',
      '00000000000000000030.snapshot',
      'leader-epoch-checkpoint',
      'partition.metadata',
    ])
    expect(bench.file('leader-epoch-checkpoint').toString()).toBe('0\n1\n0 0\n')
    expect(bench.file('partition.metadata').toString()).toBe(`version: 0\ntopic_id: ${benchTopicId}`)
    const again = await bench.open({}, { wasClean: true })
    expect([again.nextOffset, again.recoveryPoint]).toEqual([30, 30])
    expect([...again.activeProducers()][0]).toMatchObject({ producerId: 2, lastSequence: 29 })
  })

  test('refuses everything afterwards', async () => {
    const bench = new LogBench()
    const log = await bench.open()
    await bench.done(log.close())
    expect(log.append(batchOf(1), client)).toMatchObject({ ok: false, error: errors.NOT_LEADER_OR_FOLLOWER })
    expect(log.read(0, { maxBytes: 1, upTo: 0, atLeastOneBatch: true })).toMatchObject({ ok: false })
  })

  test('a log that was closed and opened again grows as if it never had been', async () => {
    const config = { 'index.interval.bytes': 100, 'internal.segment.bytes': 2000 }
    const bench = new LogBench()
    let log = await bench.open(config)
    for (let round = 0; round < 8; round += 1) {
      for (let i = 0; i < 7; i += 1)
        await bench.append(log, batchOf(3, { timestamp: bench.clock.now() + round * 100 + i }))
      await bench.done(log.close())
      log = await bench.open(config, { wasClean: true })
    }
    expect(recordsIn(await readAll(log)).map(record => record.offset)).toEqual(Array.from({ length: 168 }, (_, i) => i))
    expect(await log.offsetForTimestamp(bench.clock.now() + 300, log.logEndOffset)).toMatchObject({ offset: 63 })
  })
})

test('a client may not write control batches, with or without a producer', async () => {
  const bench = new LogBench()
  const log = await bench.open()
  for (const producer of [{}, { producerId: 5, producerEpoch: 0, baseSequence: 0 }]) {
    const outcome = await bench.append(log, batchOf(1, { control: true, ...producer }))
    expect(outcome).toMatchObject({ ok: false, error: errors.INVALID_RECORD })
  }
})

test('a directory of another topic of the same name is not opened', async () => {
  const bench = new LogBench()
  await bench.done((await bench.open()).close())
  await expect(bench.open({}, { topicId: 'W3-L-LSeRemP49pGEjleWA' })).rejects.toThrow(/an older topic of this name/)
})

test('producers are forgotten when they have been silent for long enough, unless in a transaction', async () => {
  const bench = new LogBench()
  const log = await bench.open()
  await bench.append(log, batchOf(1, { producerId: 1, producerEpoch: 0, baseSequence: 0 }))
  const transactional = batchOf(1, { producerId: 2, producerEpoch: 0, baseSequence: 0, transactional: true })
  const verified = { producerId: 2, producerEpoch: 0, baseSequence: 0, bumpsEpoch: false }
  const verification = log.startVerification(verified) as VerificationGuard
  await bench.append(log, transactional, { verification })
  log.removeExpiredProducers(bench.clock.now() + 86_399_999, 86_400_000)
  expect([...log.activeProducers()].length).toBe(2)
  log.removeExpiredProducers(bench.clock.now() + 86_400_000, 86_400_000)
  expect([...log.activeProducers()].map(each => each.producerId)).toEqual([2])
})

test('a transaction is aborted although the index cache had no room for the aborted ones before while the log was opened', async () => {
  const full = new (class extends IndexCache {
    override touch(indexes: CachedIndexes): void {
      indexes.unload() // as when another log takes all the room at this moment
    }
  })()
  const bench = new LogBench({ indexCache: full })
  const abort = async (log: PartitionLog, baseSequence: number) => {
    const producer = { producerId: 7, producerEpoch: 0, transactional: true }
    await bench.append(log, batchOf(2, { ...producer, baseSequence }), { verification: 'disabled' })
    const marker = encodeControlRecord({ type: 'ABORT', coordinatorEpoch: 1 })
    const control = buildBatch([{ ...marker, timestamp: 5 }], { ...producer, control: true })
    await bench.append(log, control, { origin: 'coordinator' })
  }
  const log = await bench.open()
  await abort(log, 0)
  await bench.done(log.close())
  const again = await bench.open({}, { wasClean: true })
  await abort(again, 2)
  await bench.done(again.close())
  const index = decodeTransactionIndex(0, bench.file('00000000000000000000.txnindex'))
  expect(index.entries.map(({ lastOffset }) => lastOffset)).toEqual([2, 5])
})

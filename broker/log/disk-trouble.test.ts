// A full disk is a state, a failing one an end: what a log does in both.

import { describe, expect, test } from 'vitest'
import { DiskError } from '../../io/disk.ts'
import { errors } from '../../protocol/errors.ts'
import { batchOf, LogBench, readAll, recordsIn } from '../../testing/log-bench.ts'
import { resumeFreeBytesMin, spacePollMs } from './log-directory.ts'
import { reserveBytes, reserveName } from './space-reserve.ts'

const client = { leaderEpoch: 0, origin: 'client' } as const
const mebibyte = 1024 * 1024

describe('a full disk', () => {
  test('below the mark appends are refused, reads go on, and writing resumes by itself', async () => {
    const bench = new LogBench({ disk: { capacityBytes: 20 * mebibyte }, minFreeBytes: 8 * mebibyte })
    const log = await bench.open({ 'max.message.bytes': 20 * mebibyte })
    await bench.append(log, batchOf(1))
    await bench.append(log, batchOf(1, { valueBytes: 13 * mebibyte }))
    bench.clock.advance(spacePollMs)
    await bench.append(log, batchOf(1))
    const refused = await bench.append(log, batchOf(1))
    expect(refused).toMatchObject({ ok: false, error: errors.KAFKA_STORAGE_ERROR })
    expect(!refused.ok && refused.message).toMatch(
      /^cannot append to orders-0: \/logs is full\. Writes resume by themselves/,
    )
    expect(recordsIn(await readAll(log)).length).toBe(log.logEndOffset)
    bench.sim.capacityBytes = 200 * mebibyte
    await bench.clock.run(spacePollMs)
    expect((await bench.append(log, batchOf(1))).ok).toBe(true)
    expect(bench.lines.map(line => line.text).filter(text => /is full|has space again/.test(text)).length).toBe(2)
  })

  test('the metadata log may use what is left', async () => {
    const bench = new LogBench({ disk: { capacityBytes: 20 * mebibyte }, minFreeBytes: 30 * mebibyte })
    await bench.disk.makeDirectory('/logs')
    await bench.directory.checkSpace()
    expect(bench.directory.isFull).toBe(true)
    const plain = await bench.open()
    expect(plain.append(batchOf(1), client)).toMatchObject({ ok: false, error: errors.KAFKA_STORAGE_ERROR })
    const metadata = await bench.open({}, { path: '/logs/metadata-0', ignoresMinFreeBytes: true })
    expect((await bench.append(metadata, batchOf(1))).ok).toBe(true)
    expect(metadata.logEndOffset).toBe(1)
  })

  describe('without a byte left', () => {
    async function full() {
      const bench = new LogBench({ disk: { capacityBytes: 50 * mebibyte } })
      await bench.disk.makeDirectory('/logs')
      await bench.directory.keepReserve()
      const plain = await bench.open()
      const metadata = await bench.open({}, { path: '/logs/metadata-0', ignoresMinFreeBytes: true })
      bench.sim.capacityBytes = bench.sim.usedBytes
      return { bench, plain, metadata, reserve: () => bench.disk.stat(`/logs/${reserveName}`) }
    }

    test('the metadata log goes on with the space that was kept', async () => {
      const { bench, metadata, reserve } = await full()
      expect(await reserve()).toMatchObject({ sizeBytes: reserveBytes })
      await bench.append(metadata, batchOf(1))
      await bench.done(metadata.flush())
      expect([metadata.logEndOffset, metadata.recoveryPoint, await reserve()]).toEqual([1, 1, undefined])
      expect(bench.directory.isFull).toBe(true)
    })

    test('records of clients do not get it, whoever needed it first', async () => {
      const { bench, plain, metadata, reserve } = await full()
      plain.append(batchOf(1), client)
      await bench.settle()
      expect([plain.logEndOffset, (await reserve())?.sizeBytes]).toEqual([0, reserveBytes])
      await bench.append(metadata, batchOf(1))
      await bench.clock.run(3 * spacePollMs)
      expect([plain.logEndOffset, metadata.logEndOffset, await reserve()]).toEqual([0, 1, undefined])
      bench.sim.capacityBytes += resumeFreeBytesMin
      await bench.clock.run(spacePollMs)
      expect([plain.logEndOffset, bench.directory.isFull, await reserve()]).toEqual([1, false, undefined])
    })

    test('it is kept again when there is space', async () => {
      const { bench, metadata, reserve } = await full()
      await bench.append(metadata, batchOf(1))
      bench.sim.capacityBytes = 50 * mebibyte
      await bench.clock.run(spacePollMs)
      expect(await reserve()).toMatchObject({ sizeBytes: reserveBytes })
      expect(bench.directory.isFull).toBe(false)
    })

    test('when that is used up, too, the metadata log waits for any space at all', async () => {
      const { bench, metadata } = await full()
      metadata.append(batchOf(1, { valueBytes: mebibyte - 4000 }), client)
      metadata.append(batchOf(1, { valueBytes: mebibyte - 4000 }), client)
      await bench.settle()
      expect([metadata.nextOffset, metadata.logEndOffset]).toEqual([2, 0])
      bench.sim.capacityBytes += mebibyte - 4096
      await bench.clock.run(spacePollMs)
      expect([metadata.logEndOffset, bench.directory.isFull]).toEqual([2, true])
    })

    test('a directory that is found full gives it up for what recovery has to write', async () => {
      const { bench, reserve } = await full()
      bench.crash()
      await bench.directory.keepReserve()
      expect(await reserve()).toBe(undefined)
    })

    test('an unfinished reserve is finished', async () => {
      const { bench, reserve } = await full()
      bench.sim.capacityBytes = 50 * mebibyte
      const file = await bench.disk.open(`/logs/${reserveName}`, 'write')
      await file.truncate(10)
      bench.crash()
      await bench.directory.keepReserve()
      expect(await reserve()).toMatchObject({ sizeBytes: reserveBytes })
    })
  })

  test('a write that ran out of space is cut back and repeated; nothing is lost and nothing doubled', async () => {
    const bench = new LogBench({ disk: { capacityBytes: 2 * mebibyte } })
    const log = await bench.open({ 'max.message.bytes': 20 * mebibyte })
    await bench.append(log, batchOf(2))
    log.append(batchOf(1, { valueBytes: 4 * mebibyte }), client)
    await bench.settle()
    expect([log.nextOffset, log.logEndOffset]).toEqual([3, 2])
    expect(bench.file('00000000000000000000.log').length).toBe(
      recordsIn(await readAll(log)).length > 0 ? log.sizeBytes - bytesOf(4 * mebibyte) : 0,
    )
    expect(log.append(batchOf(1), client)).toMatchObject({ ok: false, error: errors.KAFKA_STORAGE_ERROR })
    bench.sim.capacityBytes = 50 * mebibyte
    await bench.clock.run(spacePollMs)
    expect([log.nextOffset, log.logEndOffset]).toEqual([3, 3])
    expect(recordsIn(await readAll(log)).map(record => record.offset)).toEqual([0, 1, 2])
  })

  test('a repetition waits for more room than a byte', async () => {
    const bench = new LogBench({ disk: { capacityBytes: 2 * mebibyte } })
    const log = await bench.open({ 'max.message.bytes': 20 * mebibyte })
    log.append(batchOf(1, { valueBytes: 4 * mebibyte }), client)
    await bench.settle()
    bench.sim.capacityBytes = bench.sim.usedBytes + resumeFreeBytesMin - 5000
    await bench.clock.run(3 * spacePollMs)
    expect(bench.directory.isFull).toBe(true)
  })

  test('a duplicate of what waits for space waits with it', async () => {
    const bench = new LogBench({ disk: { capacityBytes: 2 * mebibyte } })
    const log = await bench.open({ 'max.message.bytes': 20 * mebibyte })
    const batch = () => batchOf(1, { valueBytes: 4 * mebibyte, producerId: 3, producerEpoch: 0, baseSequence: 0 })
    expect(log.append(batch(), client)).toMatchObject({ ok: true, duplicate: false })
    expect(log.append(batch(), client)).toMatchObject({ ok: true, duplicate: true, baseOffset: 0, lastOffset: 0 })
    await bench.settle()
    expect(log.logEndOffset).toBe(0)
  })

  test('retention and DeleteRecords make room while appends wait', async () => {
    const bench = new LogBench({ disk: { capacityBytes: 4 * mebibyte } })
    const log = await bench.open({
      'internal.segment.bytes': 700_000,
      'retention.bytes': 0,
      'file.delete.delay.ms': 10,
    })
    for (let i = 0; i < 10; i += 1) log.append(batchOf(1, { valueBytes: 600_000 }), client)
    await bench.settle()
    const end = log.logEndOffset
    expect([end < 10, bench.directory.isFull]).toEqual([true, true])
    await bench.done(log.deleteOldSegments(bench.clock.now()))
    await bench.clock.run(spacePollMs)
    expect(log.logEndOffset).toBe(10)
    expect(log.logStartOffset).toBe(end)
  })

  test('closing does not wait for space: the stop is not a clean one', async () => {
    const bench = new LogBench({ disk: { capacityBytes: 2 * mebibyte } })
    const log = await bench.open({ 'max.message.bytes': 20 * mebibyte })
    await bench.append(log, batchOf(2))
    log.append(batchOf(1, { valueBytes: 4 * mebibyte }), client)
    await bench.settle()
    bench.directory.close()
    await expect(bench.done(log.close())).rejects.toMatchObject({ code: 'DISK_FULL' })
    bench.crash()
    expect((await bench.open()).nextOffset).toBe(2)
  })
})

const bytesOf = (valueBytes: number) => batchOf(1, { valueBytes }).length

describe('a failing disk', () => {
  test.each(['write', 'datasync'] as const)('a failed %s takes the directory offline for good', async operation => {
    const bench = new LogBench()
    const log = await bench.open({ 'flush.messages': 1 })
    await bench.append(log, batchOf(2))
    const failures: DiskError[] = []
    log.onFailed(error => failures.push(error))
    bench.sim.fail({ operation, path: /\.log$/, times: 1 })
    expect(log.append(batchOf(2), client).ok).toBe(true)
    await bench.settle()
    expect(log.logEndOffset).toBe(2)
    expect(failures.map(error => error.code)).toEqual(['DISK_FAILED'])
    expect(log.append(batchOf(1), client)).toMatchObject({ ok: false, error: errors.KAFKA_STORAGE_ERROR })
    expect(log.read(0, { maxBytes: 1, upTo: 2, atLeastOneBatch: true })).toMatchObject({
      ok: false,
      error: errors.KAFKA_STORAGE_ERROR,
    })
    await expect(log.flush()).rejects.toBeInstanceOf(DiskError)
    expect(bench.directory.isOnline).toBe(false)
    await expect(bench.done(log.close())).rejects.toBeInstanceOf(DiskError)
  })

  test('a failed sync is not repeated', async () => {
    const syncs: string[] = []
    const bench = new LogBench({ disk: { trace: line => /^datasync .*\.log /.test(line) && syncs.push(line) } })
    const log = await bench.open()
    bench.sim.fail({ operation: 'datasync', path: /\.log$/, times: 1 })
    log.append(batchOf(1), client)
    await expect(bench.done(log.flush())).rejects.toBeInstanceOf(DiskError)
    await expect(bench.done(log.flush())).rejects.toBeInstanceOf(DiskError)
    expect(syncs.length).toBe(1)
  })

  test('a failed read does, too', async () => {
    const bench = new LogBench()
    const log = await bench.open({ 'index.interval.bytes': 100 })
    for (let i = 0; i < 300; i += 1) log.append(batchOf(2), client)
    await bench.settle()
    bench.sim.fail({ operation: 'read', path: /\.log$/ })
    expect(await log.read(5, { maxBytes: 1, upTo: 600, atLeastOneBatch: true })).toMatchObject({
      ok: false,
      error: errors.KAFKA_STORAGE_ERROR,
    })
    expect(bench.directory.isOnline).toBe(false)
  })

  test('a failed roll keeps what was acknowledged', async () => {
    const bench = new LogBench()
    const log = await bench.open({ 'internal.segment.bytes': 120 })
    await bench.append(log, batchOf(2))
    bench.sim.fail({ operation: 'open', path: /00000000000000000002\.log$/, times: 1 })
    await bench.append(log, batchOf(2))
    expect([log.logEndOffset, bench.directory.isOnline]).toEqual([2, false])
    bench.crash()
    expect((await bench.open({ 'internal.segment.bytes': 200 })).nextOffset).toBe(2)
  })

  test('all logs of the directory hear of it once', async () => {
    const bench = new LogBench()
    const [first, second] = [await bench.open(), await bench.open({}, { path: '/logs/orders-1', partition: 1 })]
    let heard = 0
    second.onFailed(() => (heard += 1))
    bench.sim.fail({ operation: 'write', path: /orders-0/ })
    await bench.append(first, batchOf(1))
    await bench.append(first, batchOf(1))
    expect(heard).toBe(1)
    expect(second.append(batchOf(1), client)).toMatchObject({ ok: false, error: errors.KAFKA_STORAGE_ERROR })
  })
})

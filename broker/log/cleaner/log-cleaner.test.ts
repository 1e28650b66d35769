// The cleaner at work in a log manager: what is cleaned when, what it leaves in the checkpoint, and what does not disturb what.

import { beforeAll, describe, expect, test } from 'vitest'
import { ManualClock } from '../../../io/sim/clock.ts'
import { SimDisk } from '../../../io/sim/disk.ts'
import { seededRandom } from '../../../io/sim/random.ts'
import { simWorkers } from '../../../io/sim/workers.ts'
import type { World } from '../../../io/world.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import { batches } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import { benchTopicId, logConfig, readAll } from '../../../testing/log-bench.ts'
import { brokerConfig } from '../../config/broker-config.ts'
import { developmentProfile } from '../../config/development-profile.ts'
import type { LogConfig } from '../../config/log-config.ts'
import { LogManager } from '../log-manager.ts'
import type { PartitionLog } from '../partition-log.ts'
import { Throttle } from './throttle.ts'

const backoffMs = 1000
const compacted = { 'cleanup.policy': 'compact', 'internal.segment.bytes': 2000, 'file.delete.delay.ms': 100 }

// The first loading of a module takes long.
beforeAll(async () => {
  await Promise.all(['index', 'filter'].map(task => import(new URL(`./${task}-task.ts`, import.meta.url).href)))
})

class Bench {
  readonly clock = new ManualClock()
  readonly sim = new SimDisk({ nowMs: () => this.clock.now() })
  readonly texts: string[] = []
  readonly settings: Record<string, string>
  readonly configs = new Map<string, LogConfig>()
  manager!: LogManager

  constructor(settings: Record<string, string> = {}) {
    this.settings = { 'log.cleaner.backoff.ms': String(backoffMs), 'log.dirs': '/data', ...settings }
  }

  config(more: Record<string, string> = {}) {
    const overrides = new Map(Object.entries({ ...this.settings, ...more }))
    return brokerConfig({ profile: developmentProfile(), overrides })
  }

  async start(): Promise<void> {
    const log = (_: object, text: string) => void this.texts.push(text)
    const logger = { debug: () => {}, info: log, warn: log, error: log }
    const [random, workers] = [seededRandom(3), simWorkers()]
    const world = { disk: this.sim.mount(), clock: this.clock, random, logger, workers } as unknown as World
    this.manager = await this.wait(LogManager.open({ world, config: this.config() }))
    await this.wait(this.manager.format({ clusterId: 'VcE87dc19XIURd9KuS8Lww', nodeId: 1 }))
    await this.wait(this.manager.load({ configOf: topic => this.configs.get(topic) ?? logConfig(compacted) }))
  }

  /** While simulated time stands still, unless `ms` are to pass in each round. */
  async wait<Result>(promise: Promise<Result>, ms = 0): Promise<Result> {
    let isSettled = false
    const settled = () => void (isSettled = true)
    promise.then(settled, settled)
    for (let round = 0; !isSettled && round < 300_000; round += 1) await this.round(ms)
    if (!isSettled) throw new Error('never done')
    return promise
  }

  // Worker tasks are modules, whose loading takes real turns of the loop.
  async round(ms = 0): Promise<void> {
    await this.clock.run(ms)
    await new Promise(resolve => setImmediate(resolve))
  }

  async until(isTrue: () => boolean, ms = 0): Promise<void> {
    for (let round = 0; !isTrue() && round < 300_000; round += 1) await this.round(ms)
    expect(isTrue()).toBe(true)
  }

  /** Lets the cleaners look, and waits until they have done what they found. */
  async look(): Promise<void> {
    await this.round(backoffMs)
    for (let idle = 0; idle < 3; idle += 1) {
      await this.until(() => this.manager.cleaner!.runningCount === 0)
      await this.round()
    }
  }

  async create(topic: string, config: Record<string, string | number> = {}): Promise<PartitionLog> {
    this.configs.set(topic, logConfig({ ...compacted, ...config }))
    return this.wait(this.manager.create(topic, 0, benchTopicId, this.configs.get(topic)!))
  }

  async fill(log: PartitionLog, from: number, to: number, keys = 10): Promise<void> {
    for (let i = from; i < to; i += 1) {
      const record = {
        key: Buffer.from(`k${i % keys}`),
        value: Buffer.from(`v${i}`.padEnd(60, '.')),
        timestamp: this.clock.now(),
      }
      expect(log.append(buildBatch([record]), { leaderEpoch: 0, origin: 'client' })).toMatchObject({ ok: true })
    }
    log.roll()
    await this.round()
  }

  async values(log: PartitionLog): Promise<Map<string, string>> {
    const bytes = await this.wait(readAll(log))
    const found = new Map<string, string>()
    for (const batch of batches(bytes)) {
      for (const { key, value } of records(batch)) found.set(String(key), String(value).split('.')[0]!)
    }
    return found
  }

  checkpoint(): string {
    return this.sim.peek('/data/cleaner-offset-checkpoint').toString()
  }
}

const lastOf = (to: number, keys = 10) =>
  new Map(Array.from({ length: keys }, (_, i) => [`k${(to - keys + i) % keys}`, `v${to - keys + i}`]))

async function started(settings: Record<string, string> = {}): Promise<Bench> {
  const bench = new Bench(settings)
  await bench.start()
  return bench
}

describe('a compacted log', () => {
  test('is cleaned up to its active segment, and the checkpoint says so in Kafka’s format', async () => {
    const bench = await started()
    const log = await bench.create('orders')
    await bench.fill(log, 0, 100)
    const before = log.sizeBytes
    await bench.look()
    expect(log.sizeBytes).toBeLessThan(before / 5)
    expect(await bench.values(log)).toEqual(lastOf(100))
    expect(bench.checkpoint()).toBe('0\n1\norders 0 100\n')
    expect(bench.texts.filter(text => text.includes('is compacted'))).toHaveLength(1)
    expect(bench.manager.cleaner!.counts).toMatchObject({ cleanings: 1, recordsRemoved: 90 })
    const { last, mapBytes, mapBytesMax } = bench.manager.cleaner!
    expect(last).toMatchObject([{ recordsRead: 100, recordsRetained: 10, mapBytes }])
    expect(last[0]!.bytesWritten).toBeLessThan(last[0]!.bytesRead / 5)
    // A hundred offsets, 24 bytes each, a tenth more for the load factor, and two bits each.
    expect([mapBytes, mapBytesMax]).toEqual([(113 + 2) * 24, 5_592_405 * 24])
    // The old files go after file.delete.delay.ms.
    await bench.round(100)
    const names = (await bench.sim.mount().list('/data/orders-0')).map(({ name }) => name)
    expect(names.filter(name => /cleaned|swap|deleted/.test(name))).toEqual([])
    await bench.wait(bench.manager.close())
  })

  test('goes on from its checkpoint after a restart, and is not cleaned again before enough of it is dirty', async () => {
    const bench = await started()
    const log = await bench.create('orders')
    await bench.fill(log, 0, 100)
    await bench.look()
    await bench.wait(bench.manager.close())
    await bench.start()
    const again = bench.manager.get('orders', 0)!
    expect(await bench.values(again)).toEqual(lastOf(100))
    await bench.fill(again, 100, 108)
    await bench.look()
    expect(bench.manager.cleaner!.counts.cleanings).toBe(0)
    expect(bench.manager.cleaner!.dirtyRatioMax).toBeGreaterThan(0.4)
    await bench.fill(again, 108, 150)
    await bench.look()
    expect(bench.manager.cleaner!.counts.cleanings).toBe(1)
    expect(await bench.values(again)).toEqual(lastOf(150))
    expect(bench.checkpoint()).toBe('0\n1\norders 0 150\n')
    await bench.wait(bench.manager.close())
  })

  test('is cleaned although little of it is dirty once max.compaction.lag.ms is over', async () => {
    const bench = await started()
    const log = await bench.create('orders', { 'max.compaction.lag.ms': 10_000, 'min.cleanable.dirty.ratio': 1 })
    await bench.fill(log, 0, 100)
    await bench.look()
    expect(bench.manager.cleaner!.counts.cleanings).toBe(0)
    expect(bench.manager.cleaner!.overdueMsMax).toBe(0)
    await bench.round(10_000)
    await bench.look()
    expect(bench.manager.cleaner!.counts.cleanings).toBe(1)
    await bench.wait(bench.manager.close())
  })

  test('has a file that was changed when the last one was of which it takes the place', async () => {
    const bench = await started()
    const log = await bench.create('orders')
    await bench.fill(log, 0, 100)
    const ofSegments = log.compaction.segments.all.slice(0, -1).map(({ modifiedMs }) => modifiedMs)
    await bench.round(50_000)
    await bench.look()
    expect(bench.manager.cleaner!.counts.cleanings).toBe(1)
    const file = await bench.sim.mount().stat('/data/orders-0/00000000000000000000.log')
    expect(file!.modifiedMs).toBe(ofSegments.at(-1))
    expect(log.compaction.segments.first!.modifiedMs).toBe(ofSegments.at(-1))
    await bench.wait(bench.manager.close())
  })

  test('keeps what is younger than min.compaction.lag.ms', async () => {
    const bench = await started()
    const log = await bench.create('orders', { 'min.compaction.lag.ms': 60_000 })
    await bench.fill(log, 0, 50)
    await bench.round(50_000)
    await bench.fill(log, 50, 100)
    await bench.round(15_000)
    await bench.look()
    expect(bench.checkpoint()).toBe('0\n1\norders 0 50\n')
    await bench.wait(bench.manager.close())
  })

  test('is not cleaned beyond the high watermark', async () => {
    const bench = await started()
    const log = await bench.create('orders')
    await bench.fill(log, 0, 50)
    log.setHighWatermark(50)
    await bench.fill(log, 50, 100)
    await bench.look()
    expect(bench.checkpoint()).toBe('0\n1\norders 0 50\n')
    await bench.wait(bench.manager.close())
  })

  test('loses what DeleteRecords has taken, with compact,delete and with compact alone', async () => {
    for (const policy of ['compact', 'compact,delete']) {
      const bench = await started()
      const log = await bench.create('orders', { 'cleanup.policy': policy, 'min.cleanable.dirty.ratio': 1 })
      await bench.fill(log, 0, 100)
      await log.deleteRecordsBefore(95)
      await bench.look()
      expect(log.firstSegmentOffset, policy).toBeGreaterThan(80)
      expect([...(await bench.values(log)).values()], policy).toContain('v95')
      await bench.wait(bench.manager.close())
    }
  })

  test('that is no longer compacted loses nothing to a crash: gaps that compaction has left are none to be recovered', async () => {
    const bench = await started()
    const log = await bench.create('orders')
    await bench.fill(log, 0, 100)
    await bench.look()
    bench.configs.set('orders', logConfig({ ...compacted, 'cleanup.policy': 'delete' }))
    bench.sim.crashProcess()
    await bench.start()
    expect(await bench.values(bench.manager.get('orders', 0)!)).toEqual(lastOf(100))
    await bench.wait(bench.manager.close())
  })

  test('begins to be cleaned, and stops, with its policy', async () => {
    const bench = await started()
    const log = await bench.create('orders', { 'cleanup.policy': 'delete' })
    await bench.fill(log, 0, 100)
    await bench.look()
    expect(bench.manager.cleaner!.counts.cleanings).toBe(0)
    bench.manager.updateConfig('orders', logConfig(compacted))
    await bench.look()
    expect(bench.manager.cleaner!.counts.cleanings).toBe(1)
    bench.manager.updateConfig('orders', logConfig({ ...compacted, 'cleanup.policy': 'delete' }))
    await bench.fill(log, 100, 200)
    await bench.look()
    expect(bench.manager.cleaner!.counts.cleanings).toBe(1)
    await bench.wait(bench.manager.close())
  })
})

describe('a log that cannot be cleaned', () => {
  async function damaged(bench: Bench): Promise<PartitionLog> {
    const log = await bench.create('broken')
    await bench.fill(log, 0, 100)
    const file = await bench.sim.mount().open('/data/broken-0/00000000000000000000.log', 'write')
    await file.write([Buffer.from([0xff])], 80)
    await file.close()
    return log
  }

  test('is left as it is, with one line that says what to do, and others go on', async () => {
    const bench = await started()
    const log = await damaged(bench)
    const other = await bench.create('orders')
    await bench.fill(other, 0, 100)
    const before = log.sizeBytes
    for (let i = 0; i < 3; i += 1) await bench.look()
    const lines = bench.texts.filter(text => text.startsWith('broken-0 cannot be compacted'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('start the broker again')
    expect(log.sizeBytes).toBe(before)
    expect(bench.manager.cleaner!.uncleanableIn('/data')).toEqual({ count: 1, bytes: before })
    expect(bench.manager.cleaner!.uncleanableIn('/other')).toEqual({ count: 0, bytes: 0 })
    expect(await bench.values(other)).toEqual(lastOf(100))
    expect(bench.checkpoint()).toBe('0\n1\norders 0 100\n')
    await bench.wait(bench.manager.delete('broken', 0))
    await bench.look()
    expect(bench.manager.cleaner!.uncleanableIn('/data')).toEqual({ count: 0, bytes: 0 })
    await bench.wait(bench.manager.close())
  })

  test('for lack of space is cleaned when there is some again', async () => {
    const bench = await started()
    const log = await bench.create('orders')
    await bench.fill(log, 0, 100)
    const heal = bench.sim.fail({ operation: 'write', path: /\.log\.cleaned$/, code: 'DISK_FULL' })
    await bench.look()
    expect(bench.texts.join('\n')).toContain('orders-0 is not compacted for now: DISK_FULL')
    expect((await bench.sim.mount().list('/data/orders-0')).filter(({ name }) => name.endsWith('.cleaned'))).toEqual([])
    heal()
    await bench.look()
    expect(await bench.values(log)).toEqual(lastOf(100))
    expect(bench.manager.cleaner!.counts).toMatchObject({ cleanings: 1, failed: 0 })
    await bench.wait(bench.manager.close())
  })
})

describe('while a log is being cleaned', () => {
  /** Slow enough to do something meanwhile. */
  const slow = { 'log.cleaner.io.max.bytes.per.second': '20000', 'log.cleaner.io.buffer.size': '8192' }

  async function cleaning(bench: Bench): Promise<PartitionLog> {
    const log = await bench.create('orders')
    await bench.fill(log, 0, 1000)
    await bench.until(() => bench.manager.cleaner!.counts.bytesRead > 20_000, 100)
    expect(bench.manager.cleaner!.runningCount).toBe(1)
    return log
  }

  test('its topic can be deleted and made again: the new log is not touched', async () => {
    const bench = await started(slow)
    await cleaning(bench)
    await bench.wait(bench.manager.delete('orders', 0))
    const log = await bench.create('orders')
    await bench.fill(log, 0, 3, 3)
    await bench.until(() => bench.manager.cleaner!.counts.aborted === 1, 100)
    expect(await bench.values(log)).toEqual(lastOf(3, 3))
    expect(bench.texts.filter(text => text.includes('cannot be compacted'))).toEqual([])
    await bench.wait(bench.manager.close())
  })

  test('it can be cut: the cleaning ends, and the next one does not believe the checkpoint', async () => {
    const bench = await started(slow)
    const log = await cleaning(bench)
    await bench.wait(log.truncateTo(500))
    await bench.until(() => bench.manager.cleaner!.counts.aborted === 1, 100)
    await bench.fill(log, 500, 600)
    await bench.until(() => bench.manager.cleaner!.counts.cleanings === 1, 1000)
    expect(await bench.values(log)).toEqual(lastOf(600))
    await bench.wait(bench.manager.close())
  })

  test('the broker can be stopped, and nothing half done is left', async () => {
    const bench = await started(slow)
    await cleaning(bench)
    await bench.wait(bench.manager.close())
    const names = (await bench.sim.mount().list('/data/orders-0')).map(({ name }) => name)
    expect(names.filter(name => /cleaned|swap/.test(name))).toEqual([])
    await bench.start()
    expect(await bench.values(bench.manager.get('orders', 0)!)).toEqual(lastOf(1000))
    await bench.wait(bench.manager.close())
  })

  test('new settings hold at once', async () => {
    const bench = await started(slow)
    const log = await cleaning(bench)
    const fast = { 'log.cleaner.io.max.bytes.per.second': '1e300', 'log.cleaner.threads': '2' }
    bench.manager.updateBrokerConfig(bench.config(fast))
    await bench.until(() => bench.manager.cleaner!.counts.cleanings === 1, 10)
    expect(await bench.values(log)).toEqual(lastOf(1000))
    bench.manager.updateBrokerConfig(bench.config({ 'log.cleaner.enable': 'false' }))
    await bench.wait(bench.manager.close())
  })

  test('what is being sent of an old segment stays readable after its file is gone', async () => {
    const bench = await started()
    const log = await bench.create('orders', { 'file.delete.delay.ms': 0 })
    await bench.fill(log, 0, 100)
    const read = await log.read(0, { maxBytes: 1 << 20, upTo: log.logEndOffset, atLeastOneBatch: true })
    if (!read.ok || !read.part) throw new Error('nothing to read')
    const { file, position, length } = read.part
    const before = await file.read(position, length)
    await bench.look()
    await bench.round(100)
    expect(bench.manager.cleaner!.counts.cleanings).toBe(1)
    expect((await file.read(position, length)).equals(before)).toBe(true)
    read.release()
    expect(await bench.values(log)).toEqual(lastOf(100))
    await bench.wait(bench.manager.close())
  })

  test('readers are told what is there, whichever segments they were looking into', async () => {
    const bench = await started()
    const log = await bench.create('orders')
    await bench.fill(log, 0, 600, 50)
    const wanted = lastOf(600, 50)
    let isDone = false
    let reads = 0
    const reading = Array.from({ length: 8 }, async (_, reader) => {
      const random = seededRandom(reader)
      while (!isDone || reads < 50) {
        const offset = random.int(600)
        const bytes = await log.readBytes(offset, { maxBytes: 300, upTo: log.logEndOffset })
        for (const batch of batches(bytes)) {
          for (const each of records(batch)) {
            expect(String(each.value).split('.')[0]).toBe(`v${each.offset}`)
            expect(String(each.key)).toBe(`k${each.offset % 50}`)
          }
        }
        await log.offsetForTimestamp(bench.clock.now() - random.int(5), log.logEndOffset)
        reads += 1
        if (random.chance(0.2)) await new Promise(resolve => setImmediate(resolve))
      }
    })
    await bench.round(backoffMs)
    await bench.until(() => bench.manager.cleaner!.counts.cleanings === 1)
    isDone = true
    await bench.wait(Promise.all(reading))
    expect(await bench.values(log)).toEqual(wanted)
    expect(log.failure).toBeUndefined()
    await bench.wait(bench.manager.close())
  })
})

test('so many bytes take so long, whoever reads and writes them', async () => {
  const clock = new ManualClock()
  const throttle = new Throttle(clock, 1000)
  const work = async () => {
    for (let i = 0; i < 500; i += 1) {
      await new Promise<void>(go => clock.after(5, go))
      await throttle.noteBytes(100)
    }
  }
  let doneMs = 0
  void Promise.all([work(), work()]).then(() => (doneMs = clock.monotonicMs()))
  await clock.run(200_000)
  expect(doneMs).toBeGreaterThan(95_000)
  expect(doneMs).toBeLessThan(105_000)
  const released = throttle.noteBytes(1e9)
  throttle.release()
  await released
})

test('two cleaners take two logs', async () => {
  const settings = { 'log.cleaner.threads': '2', 'log.cleaner.io.max.bytes.per.second': '30000' }
  const bench = await started({ ...settings, 'log.cleaner.io.buffer.size': '16384' })
  for (const topic of ['a', 'b', 'c']) await bench.fill(await bench.create(topic), 0, 300)
  await bench.until(() => bench.manager.cleaner!.runningCount === 2, 10)
  await bench.until(() => bench.manager.cleaner!.counts.cleanings === 3, 100)
  expect(bench.checkpoint().trim().split('\n').sort()).toEqual(['0', '3', 'a 0 300', 'b 0 300', 'c 0 300'])
  await bench.wait(bench.manager.close())
})

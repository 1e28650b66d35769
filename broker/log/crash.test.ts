// Crashes and losses of power at any moment, from seeds: what was written survives a crash, what was flushed survives both,
// and nothing else than what was appended comes back.

import { expect, test } from 'vitest'
import { silentLogger } from '../../io/logger.ts'
import { ManualClock } from '../../io/sim/clock.ts'
import { SimDisk } from '../../io/sim/disk.ts'
import { type SeededRandom, seededRandom } from '../../io/sim/random.ts'
import type { World } from '../../io/world.ts'
import { baseOffsetOf, baseSequenceOf, producerIdOf, recordCountOf } from '../../protocol/records/batch-header.ts'
import { batches } from '../../protocol/records/batches.ts'
import { batchOf, benchTopicId, LogBench, logConfig, readAll, recordsIn } from '../../testing/log-bench.ts'
import { brokerConfig } from '../config/broker-config.ts'
import { developmentProfile } from '../config/development-profile.ts'
import type { LogConfig } from '../config/log-config.ts'
import { LogManager } from './log-manager.ts'
import type { PartitionLog } from './partition-log.ts'

interface ModelBatch {
  readonly baseOffset: number
  readonly count: number
  readonly prefix: string
  readonly producer: number
  readonly baseSequence: number
}

/** What should be in one log. */
class Model {
  batches: ModelBatch[] = []
  /** The log said that it had written, or flushed, everything below. */
  written = 0
  flushed = 0
  /** What must be there after the end of a life: depends on how it ended. */
  certain = 0
  start = 0
  /** Somebody wanted everything below gone. Whether it is depends on what reached the disk. */
  unwanted = 0

  /** Every value that was ever appended at an offset: what was lost and came back is old, but not strange. */
  readonly history = new Map<number, Set<string>>()
  /** The next sequence of each producer. */
  readonly sequences = new Map<number, number>()

  lastSequenceEnd(producer: number): number {
    const last = this.batches.findLast(batch => batch.producer === producer)
    return last ? last.baseSequence + last.count : 0
  }

  /** The log begins again with what survived. */
  cutTo(offset: number): void {
    this.batches = this.batches.filter(batch => batch.baseOffset < offset)
    this.written = offset
    this.flushed = Math.min(this.flushed, offset)
  }

  /** Takes what is in the log for what should be. */
  adopt(bytes: Buffer): void {
    this.batches = [...batches(bytes)].map(batch => ({
      baseOffset: baseOffsetOf(batch),
      count: recordCountOf(batch),
      prefix: recordsIn(batch)[0]!.value.split('-')[0]!,
      producer: Number(producerIdOf(batch)),
      baseSequence: baseSequenceOf(batch),
    }))
  }

  recordsFrom(start: number): { offset: number; value: string }[] {
    return this.batches
      .filter(batch => batch.baseOffset + batch.count > start)
      .flatMap(({ baseOffset, count, prefix }) =>
        Array.from({ length: count }, (_, index) => ({ offset: baseOffset + index, value: `${prefix}-${index}` })),
      )
  }

  append(batch: ModelBatch): void {
    this.batches.push(batch)
    for (const { offset, value } of new Array(batch.count)
      .fill(0)
      .map((_, i) => ({ offset: batch.baseOffset + i, value: `${batch.prefix}-${i}` }))) {
      this.history.set(offset, (this.history.get(offset) ?? new Set()).add(value))
    }
  }
}

const names = ['orders-0', 'orders-1', 'clicks-0'] as const

class CrashRun {
  readonly seed: number
  readonly random: SeededRandom
  readonly clock = new ManualClock()
  readonly sim: SimDisk
  readonly config: LogConfig
  readonly models = new Map<string, Model>(names.map(name => [name, new Model()]))
  manager!: LogManager
  #appended = 0
  #lostPower = false
  /** Half of the runs delete nothing: there the log must be exactly what was appended. */
  readonly deletes: boolean

  constructor(seed: number) {
    this.seed = seed
    this.random = seededRandom(seed)
    this.deletes = this.random.chance(0.5)
    const latency = this.random.fork('latency')
    this.sim = new SimDisk({
      random: this.random.fork('disk'),
      cachedChance: 0.5,
      schedule: (ms, run) => this.clock.after(ms, run),
      latencyMs: () => latency.next() * 4,
      nowMs: () => this.clock.now(),
    })
    this.config = logConfig({
      'internal.segment.bytes': this.random.pick([200, 700, 100_000]),
      'index.interval.bytes': this.random.pick([0, 100, 4096]),
      'flush.messages': this.random.pick([1, 5, 1_000_000]),
      'retention.bytes': this.deletes ? this.random.pick([-1, 2000]) : -1,
      'retention.ms': -1,
      'compression.type': this.random.pick(['producer', 'producer', 'gzip']),
    })
  }

  /** Waits for a promise while simulated time passes. */
  async wait<Result>(promise: Promise<Result>): Promise<Result> {
    let settled = false
    const done = () => (settled = true)
    promise.then(done, done)
    for (let round = 0; !settled && round < 100_000; round += 1) await this.clock.run(5)
    if (!settled) throw new Error(`seed ${this.seed}: never done`)
    return promise
  }

  async start(): Promise<void> {
    const { clock, random } = this
    const world = { disk: this.sim.mount(), clock, random, logger: silentLogger } as unknown as World
    const profile = developmentProfile({ dataDir: '/data' })
    this.manager = await this.wait(LogManager.open({ world, config: brokerConfig({ profile }) }))
    await this.wait(this.manager.load({ configOf: () => this.config }))
    for (const name of names) await this.adopt(name)
  }

  logOf(name: string): PartitionLog | undefined {
    const [topic, partition] = name.split('-')
    return this.manager.get(topic!, Number(partition))
  }

  /** Checks what is there against the model, and goes on from it. */
  async adopt(name: string): Promise<void> {
    const model = this.models.get(name)!
    const [topic, partition] = name.split('-')
    const log =
      this.logOf(name) ?? (await this.wait(this.manager.create(topic!, Number(partition), benchTopicId, this.config)))
    const what = `seed ${this.seed} ${name}`
    expect(log.nextOffset, `${what}: what was acknowledged is there`).toBeGreaterThanOrEqual(model.certain)
    if (!this.#lostPower) expect(log.logStartOffset, `${what}: the start`).toBeLessThanOrEqual(model.start)
    model.cutTo(log.nextOffset)
    model.start = log.logStartOffset
    const bytes = await this.wait(readAll(log))
    const found = recordsIn(bytes)
    const strange = found.filter(({ offset, value }) => !model.history.get(offset)?.has(value))
    expect(strange, `${what}: records that nobody appended`).toEqual([])
    const offsets = new Set(found.map(record => record.offset))
    expect(offsets.size, `${what}: offsets only once`).toBe(found.length)
    const wanted = model.recordsFrom(0).filter(({ offset }) => offset >= model.unwanted)
    const missing = wanted.filter(({ offset }) => offset < model.certain && !offsets.has(offset))
    expect(missing, `${what}: lost records`).toEqual([])
    const isExact = !this.#lostPower && !this.deletes
    if (isExact) expect(found, `${what}: records`).toEqual(wanted)
    // As in Kafka, a segment whose name was never synced may be gone while a later one is there.
    else model.adopt(bytes)
    model.sequences.clear()
    for (const { producerId, lastSequence } of log.activeProducers()) {
      const producer = Number(producerId)
      model.sequences.set(producer, lastSequence + 1)
      if (isExact) expect(lastSequence + 1, `${what}: producer ${producer}`).toBe(model.lastSequenceEnd(producer))
    }
    log.onWritten(offset => {
      model.written = offset
      // Nobody hears of a write before it is flushed.
      if (this.config.flushMessages === 1) model.flushed = offset
    })
  }

  /** One thing that somebody does. */
  act(): void {
    const name = this.random.pick(names)
    const [log, model] = [this.logOf(name)!, this.models.get(name)!]
    const action = this.random.int(this.deletes ? 20 : 18)
    if (action < 14) this.append(log, model)
    else if (action < 16) {
      const target = log.nextOffset
      log.flush().then(
        () => (model.flushed = Math.max(model.flushed, target)),
        () => {},
      )
    } else if (action === 16) log.roll()
    else if (action === 17) this.repeat(log, model)
    else if (action === 18) void log.deleteOldSegments(this.clock.now())
    else void log.deleteRecordsBefore(this.random.int(log.highWatermark + 1))
  }

  append(log: PartitionLog, model: Model): void {
    const producer = 1 + this.random.int(2)
    const count = 1 + this.random.int(3)
    const prefix = `v${this.#appended++}`
    const baseSequence = model.sequences.get(producer) ?? 0
    const batch = batchOf(count, { prefix, producerId: producer, producerEpoch: 0, baseSequence })
    const outcome = log.append(batch, { leaderEpoch: 0, origin: 'client' })
    expect(outcome, `seed ${this.seed}`).toMatchObject({
      ok: true,
      duplicate: false,
      baseOffset: log.nextOffset - count,
    })
    model.sequences.set(producer, baseSequence + count)
    model.append({ baseOffset: log.nextOffset - count, count, prefix, producer, baseSequence })
  }

  /** A producer sends one of its last batches again. */
  repeat(log: PartitionLog, model: Model): void {
    const last = model.batches.at(-1)
    if (!last || last.baseOffset < model.unwanted) return
    const { count, prefix, producer, baseSequence, baseOffset } = last
    const batch = batchOf(count, { prefix, producerId: producer, producerEpoch: 0, baseSequence })
    const outcome = log.append(batch, { leaderEpoch: 0, origin: 'client' })
    expect(outcome, `seed ${this.seed}`).toMatchObject({ ok: true, duplicate: true, baseOffset })
  }

  async live(): Promise<void> {
    const actions = this.random.int(60)
    for (let i = 0; i < actions; i += 1) {
      this.act()
      if (this.random.chance(0.5)) await this.clock.run(this.random.int(6))
      if (this.random.chance(0.02)) await this.clock.run(60_000)
    }
  }

  /** The process or the machine dies, or stops in good order. What survives for certain is the model's `flushed`. */
  async end(): Promise<void> {
    for (const name of names) {
      const [model, { logStartOffset }] = [this.models.get(name)!, this.logOf(name)!]
      model.start = logStartOffset
      model.unwanted = Math.max(model.unwanted, logStartOffset)
    }
    const way = this.random.int(5)
    this.#lostPower = way >= 3
    for (const model of this.models.values()) model.certain = model.flushed
    if (way === 0) {
      const logs = names.map(name => [this.models.get(name)!, this.logOf(name)!] as const)
      await this.wait(this.manager.close())
      for (const [model, { logStartOffset }] of logs) model.start = model.unwanted = logStartOffset
      for (const model of this.models.values()) model.certain = model.flushed = endOf(model)
    } else if (way < 3) {
      for (const model of this.models.values()) model.certain = Math.max(model.flushed, model.written)
      this.sim.crashProcess()
    } else this.sim.losePower()
  }
}

function endOf({ batches, written }: Model): number {
  const last = batches.at(-1)
  return last ? last.baseOffset + last.count : written
}

const seeds = Array.from({ length: 60 }, (_, index) => index + 1)

test.each(seeds)('seed %i', async seed => {
  const run = new CrashRun(seed)
  await run.start()
  for (let life = 0; life < 6; life += 1) {
    await run.live()
    await run.end()
    await run.start()
  }
})

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  'segments that recovery removed do not come back, %i',
  async seed => {
    const config = { 'internal.segment.bytes': 200 }
    const bench = new LogBench({ disk: { random: seededRandom(seed) } })
    const log = await bench.open(config)
    await bench.syncParents()
    for (let i = 0; i < 6; i += 1) await bench.append(log, batchOf(3, { prefix: 'old' }))
    await bench.done(log.flush())
    const damaged = await bench.disk.open(`${bench.path}/00000000000000000006.log`, 'write')
    await damaged.write([Buffer.from([0xff])], 80)
    await damaged.datasync()
    bench.crash()
    // No roll, and so no flush, that would sync the directory by the way.
    const recovered = await bench.open()
    expect(recovered.nextOffset).toBe(6)
    await bench.append(recovered, batchOf(6, { prefix: 'new' }))
    bench.losePower()
    const found = recordsIn(await readAll(await bench.open(config)))
    expect(found.map(record => record.offset)).toEqual(found.map((_, index) => index))
    expect(found.map(({ value }) => value.slice(0, 3))).toEqual(found.map((_, index) => (index < 6 ? 'old' : 'new')))
  },
)

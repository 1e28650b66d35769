// Records, moves and everything else that happens to a log, in an order that chance chooses, with a disk that takes its time: the
// log always is what a list of records would be, whichever directory it lies in.

import { expect, test } from 'vitest'
import { type SeededRandom, seededRandom } from '../../../io/sim/random.ts'
import { batchOf } from '../../../testing/log-bench.ts'
import { MoveBench } from '../../../testing/move-bench.ts'

const paths = ['/a', '/b', '/c'] as const
const producers = [1, 2]

class ModelRun {
  readonly #random: SeededRandom
  readonly #bench: MoveBench
  readonly #what: string
  readonly #flushMessages: number
  /** What was appended, by offset. */
  #values: string[] = []
  /** The log said that it had written, or flushed, everything below. */
  #written = 0
  #flushed = 0
  /** Of the log start: where somebody wanted it. */
  #unwanted = 0
  readonly #sequences = new Map<number, number>()
  #appended = 0
  moves = 0

  constructor(seed: number) {
    const random = seededRandom(seed)
    this.#random = random
    this.#what = `seed ${seed}`
    this.#flushMessages = random.pick([1, 1_000_000])
    const latency = random.fork('latency')
    this.#bench = new MoveBench({
      disk: {
        random: random.fork('disk'),
        cachedChance: random.pick([0, 0.5, 1]),
        schedule: (ms, run) => this.#bench.clock.after(ms, run),
        latencyMs: () => latency.next() * 3,
      },
      settings: { 'num.replica.alter.log.dirs.threads': '2' },
      topic: {
        'internal.segment.bytes': random.pick([300, 1000, 100_000]),
        'flush.messages': this.#flushMessages,
        'file.delete.delay.ms': 500,
      },
    })
  }

  /** Waits for a promise while simulated time passes. */
  async #wait<Result>(promise: Promise<Result>): Promise<Result> {
    let isSettled = false
    const done = () => (isSettled = true)
    promise.then(done, done)
    for (let round = 0; !isSettled && round < 20_000; round += 1) await this.#bench.clock.run(5)
    if (!isSettled) throw new Error(`${this.#what}: never done`)
    return promise
  }

  async #start(certain: number): Promise<void> {
    const bench = this.#bench
    bench.onWritten = offset => this.#noteWritten(offset)
    await this.#wait(bench.start())
    const end = bench.log.nextOffset
    expect(end, `${this.#what}: what was acknowledged is there`).toBeGreaterThanOrEqual(certain)
    this.#values.length = end
    this.#written = Math.min(this.#written, end)
    this.#flushed = Math.min(this.#flushed, end)
    await this.#check()
    this.#sequences.clear()
    for (const { producerId, lastSequence } of bench.log.activeProducers())
      this.#sequences.set(Number(producerId), lastSequence + 1)
  }

  #noteWritten(offset: number): void {
    expect(offset, `${this.#what}: the log end rises`).toBeGreaterThanOrEqual(this.#written)
    this.#written = offset
    if (this.#flushMessages === 1) this.#flushed = offset
  }

  async #check(): Promise<void> {
    const { log } = this.#bench
    const found = (await this.#wait(this.#bench.records())).filter(({ offset }) => offset >= log.logStartOffset)
    const strange = found.filter(({ offset, value }) => this.#values[offset] !== value)
    expect(strange, `${this.#what}: records that nobody appended there`).toEqual([])
    // Of what somebody wanted gone a loss of power may bring some back.
    const from = Math.max(log.logStartOffset, this.#unwanted)
    const offsets = found.map(({ offset }) => offset).filter(offset => offset >= from)
    const wanted = Array.from({ length: this.#values.length - from }, (_, index) => from + index)
    expect(offsets, `${this.#what}: each record once`).toEqual(wanted)
    expect(log.logStartOffset, `${this.#what}: the start`).toBeLessThanOrEqual(this.#unwanted)
  }

  #act(): void {
    const { log, manager } = this.#bench
    const action = this.#random.int(24)
    if (action < 13) this.#append()
    else if (action < 17) this.#move()
    else if (action === 17) log.roll()
    else if (action === 18) this.#flush()
    else if (action === 19) this.#deleteRecords()
    else if (action === 20) void log.deleteOldSegments(this.#bench.clock.now()).catch(() => {})
    else if (action === 21) log.beginEpoch((log.latestEpoch ?? 0) + 1)
    else {
      const bytesPerSecond = this.#random.pick([2000, 20_000, Number.POSITIVE_INFINITY])
      manager.moves.updateConfig({ threads: 2, bytesPerSecond })
    }
  }

  #append(): void {
    const { log } = this.#bench
    const producerId = this.#random.pick(producers)
    const count = 1 + this.#random.int(3)
    const prefix = `v${this.#appended++}`
    const baseSequence = this.#sequences.get(producerId) ?? 0
    const batch = batchOf(count, { prefix, producerId, producerEpoch: 0, baseSequence })
    const outcome = log.append(batch, { leaderEpoch: log.latestEpoch ?? 0, origin: 'client' })
    expect(outcome, this.#what).toMatchObject({ ok: true, duplicate: false, baseOffset: this.#values.length })
    this.#sequences.set(producerId, baseSequence + count)
    for (let i = 0; i < count; i += 1) this.#values.push(`${prefix}-${i}`)
  }

  #move(): void {
    this.moves += 1
    this.#bench.ask(this.#random.pick(paths))
  }

  #flush(): void {
    const { log } = this.#bench
    const target = log.nextOffset
    log.flush().then(
      // A log that another one has taken the place of meanwhile says nothing of that one.
      () => log === this.#bench.log && (this.#flushed = Math.max(this.#flushed, target)),
      () => {},
    )
  }

  #deleteRecords(): void {
    const { log } = this.#bench
    const offset = this.#random.int(log.highWatermark + 1)
    this.#unwanted = Math.max(this.#unwanted, offset)
    void log.deleteRecordsBefore(offset)
  }

  async live(): Promise<void> {
    await this.#start(0)
    for (let life = 0; life < 4; life += 1) {
      for (let step = this.#random.int(90); step > 0; step -= 1) {
        this.#act()
        if (this.#random.chance(0.6)) await this.#bench.clock.run(this.#random.int(8))
      }
      await this.#end()
    }
    await this.#finish()
  }

  /** Stops in good order, or the process or the machine dies. */
  async #end(): Promise<void> {
    const way = this.#random.int(3)
    if (way === 0) {
      await this.#wait(this.#bench.manager.close())
      await this.#start(this.#values.length)
    } else if (way === 1) {
      this.#bench.crash()
      await this.#start(this.#written)
    } else {
      this.#bench.losePower()
      await this.#start(this.#flushed)
    }
  }

  /** Whatever is under way ends: one log, in the directory that the metadata names. */
  async #finish(): Promise<void> {
    const bench = this.#bench
    bench.manager.moves.updateConfig({ threads: 2, bytesPerSecond: Number.POSITIVE_INFINITY })
    this.#append()
    await bench.clock.run(3000)
    expect(bench.log.logEndOffset, this.#what).toBe(this.#values.length)
    expect(bench.manager.moves.activeCount, this.#what).toBe(0)
    expect(bench.assigned, this.#what).toBe(bench.log.logDirectory.directoryId)
    bench.manager.moves.stop()
    expect(await this.#wait(bench.directories()), this.#what).toEqual([bench.log.directory])
    await this.#check()
  }
}

test.each(Array.from({ length: 80 }, (_, seed) => seed + 1))('seed %i', async seed => {
  const run = new ModelRun(seed)
  await run.live()
  expect(run.moves).toBeGreaterThan(0)
})

// A broker that is killed again and again under a producer of transactions: what readers see is what was committed. Once at random
// moments, and once between any two steps of one transaction: append, prepare, answer, each marker, complete.

import { expect, test } from 'vitest'
import { seededRandom } from '../../io/sim/random.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import type { DecodedFields, Fields, InputFields } from '../../protocol/wire/field.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import { type Ask, TransactionalLoad } from '../../testing/transactions/transactional-load.ts'
import { TransactionsAreAtomic } from '../sim/transactions-are-atomic.ts'
import { SimBroker, type SimClient } from './replay/sim-broker.ts'

const topic = 't'
const partitionCount = 3
const rounds = 4
/** In one life: the second one begins while the markers of the first are on their way. */
const transactionsMax = 2

class Run {
  readonly atomic = new TransactionsAreAtomic()
  readonly #sim: SimBroker
  readonly #load: TransactionalLoad
  readonly #chance: (below: number) => number
  #clients = 0

  private constructor(sim: SimBroker, seed: number) {
    const random = seededRandom(seed)
    this.#sim = sim
    this.#chance = below => random.int(below)
    const { clock } = sim.world.host('producer').start()
    this.#load = new TransactionalLoad({
      transactionalId: 'app',
      topic,
      partitionCount,
      groupId: 'g',
      atomic: this.atomic,
      chance: this.#chance,
      now: () => clock.now(),
      pause: ms => new Promise(resolve => void clock.after(ms, resolve)),
    })
  }

  static async start(seed: number, more: Readonly<Record<string, string>> = {}): Promise<Run> {
    const settings = { 'transaction.state.log.num.partitions': '2', 'offsets.topic.num.partitions': '2', ...more }
    const sim = await SimBroker.start({ seed, settings })
    const client = await sim.connect('admin', 'admin')
    const topics = [{ name: topic, numPartitions: partitionCount, replicationFactor: 1 }]
    await client.ask(createTopics, 7, { topics, timeoutMs: 10_000 })
    return new Run(sim, seed)
  }

  /** One life of so many steps that begins with a transaction; answers how many transactions began. */
  async life(steps: number, kind: 'process' | 'power'): Promise<number> {
    const ask = await this.#connected()
    await this.#sim.world.complete(this.#load.start(ask), 60_000)
    let begun = 0
    const run = this.#load.run(ask, () => begun++ >= transactionsMax)
    run.catch(error => this.#failures.push(error))
    await this.#sim.world.run({ stepsMax: steps })
    if (kind === 'power') this.#sim.host.losePower()
    else this.#sim.host.crashProcess()
    await this.#sim.start()
    return begun
  }

  /** Load, and a kill in the middle of it. */
  async round(): Promise<void> {
    const ask = await this.#connected()
    let isStopped = false
    // What it asks after the kill is answered by nobody.
    void this.#load.start(ask).then(() => this.#load.run(ask, () => isStopped)).catch(error => this.#failures.push(error)) // biome-ignore format: one thought
    await this.#sim.world.runFor(20 + this.#chance(400))
    isStopped = true
    this.#sim.host.crashProcess()
    await this.#sim.start()
  }

  readonly #failures: unknown[] = []

  async check(): Promise<void> {
    await this.checkReaders()
    await this.#sim.stop()
  }

  async checkReaders(): Promise<void> {
    expect(this.#failures).toEqual([])
    const ask = await this.#connected()
    // Whatever was under way is ended first.
    await this.#sim.world.complete(this.#load.start(ask), 60_000)
    const { visible, offset } = await this.#sim.world.complete(this.#load.readAll(ask), 60_000)
    expect(this.atomic.check(visible, offset)).toEqual([])
  }

  async #connected(): Promise<Ask> {
    const client: SimClient = await this.#sim.connect('producer', `producer-${++this.#clients}`)
    return <Q extends Fields, R extends Fields>(api: Api<Q, R>, version: number, body: InputFields<Q>) =>
      client.send(api, version, body) as Promise<DecodedFields<R>>
  }
}

const seeds = Array.from({ length: 4 }, (_, index) => index + 1)

test.each(seeds)('seed %i', async seed => {
  const run = await Run.start(seed)
  for (let round = 0; round < rounds; round++) await run.round()
  await run.check()
  expect(run.atomic.committedCount).toBeGreaterThan(3)
})

// What is acknowledged is flushed, so that it survives a loss of power, too.
const flushed = { 'log.flush.interval.messages': '1' }

test.each(['process', 'power'] as const)(
  'death of the %s after every single step',
  async kind => {
    const run = await Run.start(5, flushed)
    let steps = 0
    let begun = 0
    while (begun <= transactionsMax) {
      begun = await run.life(steps++, kind)
      if (steps % 10 === 0) await run.checkReaders()
    }
    await run.check()
    expect(steps).toBeGreaterThan(90)
    expect(run.atomic.committedCount).toBeGreaterThan(30)
    // Deaths between the request to commit and its answer.
    expect(run.atomic.unknownCount).toBeGreaterThan(15)
  },
  60_000,
)

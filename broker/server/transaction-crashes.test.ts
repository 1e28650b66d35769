// A broker that is killed again and again under a producer of transactions: what readers see is what was committed.

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

  static async start(seed: number): Promise<Run> {
    const settings = { 'transaction.state.log.num.partitions': '2', 'offsets.topic.num.partitions': '2' }
    const sim = await SimBroker.start({ seed, settings })
    const client = await sim.connect('admin', 'admin')
    const topics = [{ name: topic, numPartitions: partitionCount, replicationFactor: 1 }]
    await client.ask(createTopics, 7, { topics, timeoutMs: 10_000 })
    return new Run(sim, seed)
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
    expect(this.#failures).toEqual([])
    const ask = await this.#connected()
    // Whatever was under way is ended first.
    await this.#sim.world.complete(this.#load.start(ask), 60_000)
    const { visible, offset } = await this.#sim.world.complete(this.#load.readAll(ask), 60_000)
    expect(this.atomic.check(visible, offset)).toEqual([])
    await this.#sim.stop()
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

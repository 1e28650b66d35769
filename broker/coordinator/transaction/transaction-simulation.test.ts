// Producers of one transactional id, each of which believes that it is the only one, in both versions; markers that are slow,
// refused or lost; a log that is slow or refuses; crashes and timeouts at any moment. What must hold is in
// ../testing/transaction-witness.ts; in the end the coordinator that went through all of it knows what a new one reads.
// MILLRACE_TRANSACTION_SEEDS=10000 for more seeds.

import { expect, test } from 'vitest'
import { seededRandom } from '../../../io/sim/random.ts'
import { errors } from '../../../protocol/errors.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { MemoryPartition } from '../testing/memory-partition.ts'
import { type SentMarker, TestTransactions } from '../testing/test-transactions.ts'
import { TransactionWitness } from '../testing/transaction-witness.ts'
import type { ProducerIdAndEpoch } from './init-producer-id.ts'

const transactionalId = 'app'
const stepCount = 80
const markerErrors = [
  errors.NOT_LEADER_OR_FOLLOWER,
  errors.REQUEST_TIMED_OUT,
  errors.UNKNOWN_TOPIC_OR_PARTITION,
  errors.NOT_ENOUGH_REPLICAS,
]
const logErrors = [errors.NOT_ENOUGH_REPLICAS, errors.KAFKA_STORAGE_ERROR, errors.REQUEST_TIMED_OUT]

class Simulation {
  readonly #random
  #log = new MemoryLog({ autoCommit: true })
  #test: TestTransactions
  readonly witness = new TransactionWitness(this.#log)
  /** Those of the process that runs; a crash takes them. */
  #waiting: SentMarker[] = []
  readonly #producers: ProducerIdAndEpoch[] = []
  #leaderEpoch = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#test = this.#process()
  }

  #process(): TestTransactions {
    const before: TestTransactions | undefined = this.#test
    const test = new TestTransactions({
      partitions: [new MemoryPartition(this.#log)],
      leaderEpoch: this.#leaderEpoch,
      firstProducerId: before?.nextProducerId ?? 1,
      ...(before && { clock: before.clock }),
    })
    test.markersAnswer = undefined
    test.onMarker = marker => {
      this.witness.marker(marker, marker.end)
      this.#waiting.push(marker)
    }
    return test
  }

  async run(): Promise<void> {
    await this.#test.start()
    for (let step = 0; step < stepCount; step++) {
      await this.#step()
      if (this.#random.chance(0.8)) this.#log.commit()
      await this.#test.clock.run(this.#random.int(50))
    }
    await this.#quiet()
  }

  async #step(): Promise<void> {
    const random = this.#random
    const what = random.int(100)
    if (what < 7) this.#init()
    else if (what < 42) this.#add()
    else if (what < 62) this.#end()
    else if (what < 82) this.#answerMarkers()
    else if (what < 86) this.#log.autoCommit = !this.#log.autoCommit
    else if (what < 90) this.#log.refusal = random.chance(0.5) ? random.pick(logErrors) : undefined
    else if (what < 93) await this.#test.clock.run(random.int(20_000))
    else if (what < 96) await this.#crash()
  }

  #init(): void {
    const resumed =
      this.#producers.length > 0 && this.#random.chance(0.3) ? this.#random.pick(this.#producers) : undefined
    const common = { transactionalId, timeoutMs: 5000, enable2Pc: false, keepPreparedTxn: false }
    const witness = this.witness
    void this.#test.coordinator
      .initProducerId({ ...common, owned: resumed && { ...resumed } })
      .then(({ error, ...got }) => {
        if (error !== errors.NONE) return
        witness.given(got)
        if (resumed) Object.assign(resumed, got)
        else this.#producers.push(got)
        if (this.#producers.length > 4) this.#producers.shift()
      })
  }

  #add(): void {
    const producer = this.#someone()
    if (producer === undefined) return
    const count = 1 + this.#random.int(3)
    const topics = ['t', 'u', '__consumer_offsets']
    const partitions = Array.from({ length: count }, () => ({
      topic: this.#random.pick(topics),
      partition: this.#random.int(3),
    }))
    const asked = this.witness.asks(producer)
    const added = this.#test.coordinator.addPartitions(
      { transactionalId, ...producer, partitions },
      this.#random.pick([0, 2]),
    )
    void added.then(error => this.witness.added(asked, partitions, error))
  }

  #end(): void {
    const producer = this.#someone()
    if (producer === undefined) return
    const committed = this.#random.chance(0.6)
    const clientVersion = this.#random.chance(0.7) ? 2 : 1
    // Now and then the request before, again.
    const again = this.#random.chance(0.2) ? 1 : 0
    const producerEpoch = Math.max(0, producer.producerEpoch - again)
    const request = { transactionalId, producerId: producer.producerId, producerEpoch, committed, clientVersion }
    // A repetition is known by its old epoch, which is not a zombie's: its answer changes nothing.
    const asked = this.witness.asks(again ? producer : request)
    void this.#test.coordinator.endTransaction(request).then(({ error, ...got }) => {
      this.witness.ended(asked, request, error)
      if (error === errors.NONE && got.producerEpoch >= 0) {
        this.witness.given(got)
        Object.assign(producer, got)
      }
    })
  }

  #someone(): ProducerIdAndEpoch | undefined {
    const latest = this.#producers.at(-1)
    return latest === undefined || this.#random.chance(0.8) ? latest : this.#random.pick(this.#producers)
  }

  #answerMarkers(): void {
    for (const marker of this.#waiting.splice(0)) {
      const error = this.#random.chance(0.7) ? errors.NONE : this.#random.pick(markerErrors)
      // Written or not, a broker that is slow may say that it was not.
      if (error === errors.NONE || this.#random.chance(0.3)) this.witness.markerWritten(marker)
      marker.answer(error)
    }
  }

  async #crash(): Promise<void> {
    this.#test.coordinator.close()
    this.#waiting = []
    await this.#test.clock.run()
    this.#leaderEpoch++
    this.#log = this.#log.crashed()
    this.#log.autoCommit = true
    this.witness.follow(this.#log)
    this.#test = this.#process()
    await this.#test.start()
  }

  /** Nothing fails any more. */
  async #quiet(): Promise<void> {
    this.#log.refusal = undefined
    this.#log.autoCommit = true
    this.#log.commit()
    for (let round = 0; round < 40; round++) {
      for (const marker of this.#waiting.splice(0)) {
        this.witness.markerWritten(marker)
        marker.answer(errors.NONE)
      }
      await this.#test.clock.run(1000)
    }
  }

  /** As administrators see it. */
  describe(): unknown {
    return this.#test.coordinator.describeTransactions([transactionalId])[0]
  }

  async reloaded(): Promise<unknown> {
    const before = this.describe()
    await this.#crash()
    await this.#quiet()
    return [before, this.describe()]
  }
}

const seedCount = Number(process.env.MILLRACE_TRANSACTION_SEEDS ?? 300)

test(`${seedCount} seeds`, async () => {
  const totals = { commits: 0, aborts: 0, fenced: 0, markers: 0 }
  for (let seed = 1; seed <= seedCount; seed++) {
    const simulation = new Simulation(seed)
    await simulation.run()
    expect(simulation.witness.violations, `seed ${seed}`).toEqual([])
    // Nothing is left under way: what was decided is complete, what was not has timed out.
    expect(['Empty', 'CompleteCommit', 'CompleteAbort', undefined], `seed ${seed}`).toContain(
      simulation.witness.latest?.status,
    )
    const [live, replayed] = (await simulation.reloaded()) as unknown[]
    expect(replayed, `seed ${seed}`).toEqual(live)
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += simulation.witness.counts[key]
  }
  // All of it has happened, often.
  for (const [what, count] of Object.entries(totals)) expect(count, what).toBeGreaterThan(seedCount)
}, 600_000)

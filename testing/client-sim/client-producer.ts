// The client's own Producer as an actor of the simulation: records for several partitions with all kinds of settings, and what
// it promises held against what the partitions hold in the end.

import { ClientError } from '../../client/client-error.ts'
import { Producer } from '../../client/producer/producer.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import type { Actor, SimContext } from '../sim/context.ts'
import type { Produced } from '../sim/idempotent-producer.ts'
import { SimClient } from '../sim/sim-client.ts'
import { ProducedRecords } from './produced-records.ts'
import { seededOptions, tapped } from './producer-world.ts'

/** How a call may end when something goes wrong that lasts for too long. */
const expectedFailures = ['DEADLINE_EXCEEDED', 'BUFFER_FULL']

export class ClientProducer implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #random: SeededRandom
  readonly #targets: readonly ProducedRecords[]
  readonly #producer: Producer
  readonly #open = new Set<Promise<void>>()
  #state = 'sends'

  constructor(context: SimContext, name: string, targets: readonly Produced[]) {
    this.name = name
    this.#context = context
    this.#client = new SimClient(context, `${name} checks`)
    this.#random = context.sim.random.fork(`client ${name}`)
    this.#targets = targets.map(({ topic, index }) => new ProducedRecords(name, topic, index))
    const world = context.sim.host(name).start()
    const net = tapped(world.net, context, targets)
    this.#producer = new Producer(seededOptions(this.#random), { ...world, net })
  }

  status(): string {
    return `${this.#state}, ${this.#open.size} calls open, ${this.#producer.bufferedBytes} bytes`
  }

  async run(): Promise<void> {
    while (!this.#context.isEnding) {
      this.#sendSome()
      if (this.#random.chance(0.05)) await this.#producer.flush()
      await this.#client.think(20)
    }
    this.#state = 'waits'
    await Promise.all(this.#open)
    this.#state = 'closes'
    await this.#producer.close()
    this.#state = 'checks'
    for (const target of this.#targets) this.#context.witness.report(await target.check(this.#client))
  }

  #sendSome(): void {
    const target = this.#random.pick(this.#targets)
    const made = Array.from({ length: 1 + this.#random.int(12) }, () => target.next(this.#filler()))
    const records = made.map(({ value }) => ({ value, partition: target.index }))
    const { name: topic } = target.topic
    if (this.#random.chance(0.4)) {
      const sent = this.#producer.sendBatch(topic, records).then(({ ranges }) => {
        const offsets = ranges.flatMap(({ baseOffset, count }) =>
          Array.from({ length: count }, (_, i) => (baseOffset < 0 ? -1 : baseOffset + i)),
        )
        // Halves of a batch that was split may be acknowledged in any order of the ranges, but never of the records.
        for (const [i, { number }] of made.entries()) target.acknowledge(number, offsets[i]!)
      })
      this.#track(sent)
      return
    }
    for (const [i, record] of records.entries()) {
      this.#track(this.#producer.send(topic, record).then(({ offset }) => target.acknowledge(made[i]!.number, offset)))
    }
  }

  #filler(): string {
    return 'x'.repeat(this.#random.int(this.#random.chance(0.02) ? 1500 : 120))
  }

  #track(call: Promise<void>): void {
    const tracked = call
      .catch(error => {
        if (error instanceof ClientError && expectedFailures.includes(error.code)) return
        this.#context.witness.fail('clientFailed', error)
      })
      .finally(() => this.#open.delete(tracked))
    this.#open.add(tracked)
  }
}

// The client's own Consumer as an actor of the simulation: a member of a group that processes records one by one or with handlers, closes
// or dies now and then and comes back, while the broker crashes and connections break.

import { Consumer } from '../../client/consumer/consumer.ts'
import type { ConsumerOptions } from '../../client/consumer/consumer-options.ts'
import type { ConsumerRecord } from '../../client/consumer/consumer-record.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import type { Actor, SimContext } from '../sim/context.ts'
import type { Produced } from '../sim/idempotent-producer.ts'
import { SimClient } from '../sim/sim-client.ts'
import type { ProcessedOffsets } from './processed-offsets.ts'

export interface ClientConsumerOptions {
  readonly name: string
  readonly targets: readonly Produced[]
  readonly processed: ProcessedOffsets
  readonly protocol: 'classic' | 'consumer'
}

export class ClientConsumer implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #options: ClientConsumerOptions
  readonly #client: SimClient
  readonly #random: SeededRandom
  #consumer: Consumer | undefined
  #life = 0
  #state = 'begins'

  constructor(context: SimContext, options: ClientConsumerOptions) {
    this.name = options.name
    this.#context = context
    this.#options = options
    this.#client = new SimClient(context, `${options.name} waits`)
    this.#random = context.sim.random.fork(`client ${options.name}`)
  }

  status(): string {
    return `${this.#state}: ${this.#consumer?.explain().replaceAll('\n', '; ')}`
  }

  async run(): Promise<void> {
    while (!this.#isDone) {
      const host = this.#context.sim.host(this.name)
      const consumer = new Consumer(consumerOptions(this.#random, this.#options.protocol), host.start())
      this.#consumer = consumer
      this.#life += 1
      const reading = this.#read(consumer, this.#life)
      this.#state = 'reads'
      await this.#until(this.#random.pick([500, 2000, 10_000]))
      const dies = !this.#context.isEnding && this.#random.chance(0.4)
      this.#state = dies ? 'dies' : 'closes'
      if (dies) {
        this.#life += 1
        host.crashProcess()
        continue
      }
      await consumer.close({ timeoutMs: 5000 })
      await reading
    }
  }

  /** All that is stored has been processed, and nothing more comes. */
  get #isDone(): boolean {
    const { isEnding, witness } = this.#context
    const { targets, processed } = this.#options
    return (
      isEnding &&
      targets.every(({ topic, index }) => {
        const { place, known } = witness.history(topic, index)
        return processed.isDoneUpTo(place, known.highWatermark)
      })
    )
  }

  async #until(ms: number): Promise<void> {
    const endMs = this.#context.sim.nowMs + ms
    while (this.#context.sim.nowMs < endMs && !this.#isDone) await this.#client.sleep(20)
  }

  async #read(consumer: Consumer, life: number): Promise<void> {
    try {
      if (this.#random.chance(0.5)) {
        await consumer.run({ handler: record => this.#process(record, life), concurrency: 2 })
        return
      }
      for await (const record of consumer.records()) await this.#process(record, life)
    } catch (error) {
      if (life === this.#life) this.#context.witness.fail('clientFailed', error)
    }
  }

  async #process({ topic, partition, offset }: ConsumerRecord, life: number): Promise<void> {
    const { processed, targets } = this.#options
    const { witness } = this.#context
    const target = targets.find(each => each.topic.name === topic && each.index === partition)!
    const { place } = witness.history(target.topic, partition)
    witness.report(processed.show(place, offset, this.name))
    if (this.#random.chance(0.1)) await this.#client.think(5)
    // Whoever has died has done nothing any more.
    if (life === this.#life) processed.done(place, offset)
  }
}

function consumerOptions(random: SeededRandom, protocol: 'classic' | 'consumer'): ConsumerOptions {
  return {
    bootstrap: 'broker:9092',
    group: 'readers',
    topics: 'first',
    protocol,
    resetPolicy: 'earliest',
    isolation: random.pick(['read_committed', 'read_uncommitted']),
    assignors: ['cooperative-sticky'],
    sessionTimeoutMs: 6000,
    heartbeatIntervalMs: 300,
    drainTimeoutMs: random.pick([500, 5000]),
    autoCommitIntervalMs: random.pick([50, 500]),
    requestTimeoutMs: random.pick([300, 1500]),
    connectTimeoutMs: 1000,
    retryBackoffMs: random.pick([20, 100]),
    maxWaitMs: random.pick([0, 50, 300]),
    maxPartitionBytes: random.pick([1, 500, 1 << 20]),
    maxBytes: random.pick([1, 1000, 1 << 20]),
    prefetchBytes: random.pick([1000, 1 << 20]),
    reusesMemory: random.chance(0.3),
  }
}

// The client's own Producer as an actor of the simulation: records for several partitions with all kinds of settings, and what
// it promises held against what the partitions hold in the end.

import { batchContent } from '../../broker/sim/stored-batch.ts'
import { ClientError } from '../../client/client-error.ts'
import { Producer } from '../../client/producer/producer.ts'
import type { ProducerOptions } from '../../client/producer/producer-options.ts'
import type { Net, SendPart } from '../../io/net.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import { readRequestFrame } from '../../protocol/framing.ts'
import { produce } from '../../protocol/messages/produce.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import type { Actor, SimContext } from '../sim/context.ts'
import type { Produced } from '../sim/idempotent-producer.ts'
import { SimClient } from '../sim/sim-client.ts'
import { ProducedRecords } from './produced-records.ts'

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
    const net = tapped(world.net, request => this.#noteSent(request))
    this.#producer = new Producer(options(this.#random), { ...world, net })
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

  /** What leaves may be stored, whatever is answered. */
  #noteSent({ topicData }: Message<typeof produce.request>): void {
    for (const { name, topicId, partitionData } of topicData) {
      for (const { index, records } of partitionData) {
        const target = this.#targets.find(
          known => known.index === index && (known.topic.id === topicId || known.topic.name === name),
        )
        const content = batchContent(Buffer.from(records as Buffer))
        if (target) this.#context.witness.history(target.topic, index).send(content)
      }
    }
  }
}

function options(random: SeededRandom): ProducerOptions {
  const requestTimeoutMs = random.pick([300, 1500, 1500])
  const lingerMs = random.pick([0, 5, 30])
  return {
    bootstrap: 'broker:9092',
    requestTimeoutMs,
    lingerMs,
    connectTimeoutMs: 1000,
    deliveryTimeoutMs: random.pick([lingerMs + requestTimeoutMs, 3000, 120_000, 120_000]),
    retryBackoffMs: random.pick([20, 100]),
    batchBytes: random.pick([300, 1000, 4000]),
    bufferMemoryBytes: random.pick([8000, 100_000]),
    maxBlockMs: random.pick([1000, 60_000]),
    compression: random.pick(['none', 'none', 'gzip', 'lz4', 'snappy', 'zstd']),
    maxInFlightRequests: random.pick([1, 2, 5, 5]),
  }
}

/** The network, listened in on: each produce request before it leaves. */
function tapped(net: Net, onProduce: (request: Message<typeof produce.request>) => void): Net {
  const connect: Net['connect'] = async address => {
    const connection = await net.connect(address)
    const send = (parts: readonly SendPart[], done?: () => void) => {
      const { api, apiVersion, reader } = readRequestFrame(Buffer.concat(parts as Uint8Array[]).subarray(4))
      if (api.key === produce.key) onProduce(produce.request.read(apiVersion, reader))
      return connection.send(parts, done)
    }
    return new Proxy(connection, {
      get: (target, key) => {
        if (key === 'send') return send
        const value = Reflect.get(target, key, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
  return { listen: (address, accept) => net.listen(address, accept), connect }
}

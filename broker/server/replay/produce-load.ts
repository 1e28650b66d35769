// For tests of faults: many produce requests at once over several connections, and everything that must hold whatever the
// disk does: nothing unwhole or unsent is ever shown, and what was acknowledged is where its producer was told.

import { errorName } from '../../../protocol/errors.ts'
import { createTopics } from '../../../protocol/messages/create-topics.ts'
import { fetch } from '../../../protocol/messages/fetch.ts'
import { produce } from '../../../protocol/messages/produce.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import { baseOffsetOf } from '../../../protocol/records/batch-header.ts'
import { batches, checkBatch } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import type { SimBroker, SimClient } from './sim-broker.ts'

export const loadTopic = 'load'

export interface Sent {
  readonly partition: number
  readonly text: string
  /** Undefined: not answered. */
  answer?: { readonly error: string; readonly baseOffset: number }
}

export interface LoadOptions {
  readonly requests?: number
  readonly connections?: number
  readonly acks?: (index: number) => number
  readonly timeoutMs?: number
  readonly valueBytes?: number
}

export class ProduceLoad {
  readonly sent: Sent[] = []
  readonly clients: SimClient[] = []
  readonly #sim: SimBroker
  readonly #partitions: number
  /** What a fetch showed that it must not have. */
  readonly wrong: string[] = []

  private constructor(sim: SimBroker, partitions: number) {
    this.#sim = sim
    this.#partitions = partitions
  }

  /** Creates the topic. */
  static async start(sim: SimBroker, partitions: number, configs: Record<string, string> = {}): Promise<ProduceLoad> {
    const client = await sim.connect()
    const topic = {
      name: loadTopic,
      numPartitions: partitions,
      replicationFactor: 1,
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    }
    await client.ask(createTopics, 7, { topics: [topic], timeoutMs: 1000 })
    return new ProduceLoad(sim, partitions)
  }

  directoryOf(partition: number): string | undefined {
    return this.#sim.broker.logs.get(loadTopic, partition)?.logDirectory.path
  }

  /** Sends all of them without waiting; each connection's requests are pipelined. */
  async send({ requests = 100, connections = 10, acks = () => -1, ...options }: LoadOptions = {}): Promise<Sent[]> {
    const clients: SimClient[] = []
    for (let index = 0; index < connections; index++) clients.push(await this.#sim.connect('load', `load-${index}`))
    this.clients.push(...clients)
    return Array.from({ length: requests }, (_, index) =>
      this.sendOne(clients[index % connections]!, index % this.#partitions, { acks: acks(index), ...options }),
    )
  }

  sendOne(
    client: SimClient,
    partition: number,
    { acks = -1, timeoutMs = 30_000, valueBytes = 0 }: { acks?: number; timeoutMs?: number; valueBytes?: number } = {},
  ): Sent {
    const sent: Sent = { partition, text: `${this.sent.length}`.padEnd(valueBytes, '.') }
    this.sent.push(sent)
    const batch = buildBatch([{ key: null, value: Buffer.from(sent.text), headers: [], timestamp: 1000 }])
    const topicData = [{ name: loadTopic, partitionData: [{ index: partition, records: batch }] }]
    void client.send(produce, 12, { acks, timeoutMs, topicData }).then(({ responses }) => {
      const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!
      sent.answer = { error: errorName(errorCode)!, baseOffset: Number(baseOffset) }
    })
    return sent
  }

  /** Fetches again and again from the beginning of each partition, until told to stop. */
  async watch(everyMs = 3): Promise<() => void> {
    const client = await this.#sim.connect('watcher', 'watcher')
    let isStopped = false
    const run = async () => {
      while (!isStopped) {
        for (let partition = 0; partition < this.#partitions; partition++) await this.#look(client, partition)
        await new Promise<void>(resolve => this.#sim.world.scheduler.schedule(everyMs, resolve))
      }
    }
    void run()
    return () => {
      isStopped = true
    }
  }

  async #look(client: SimClient, partition: number): Promise<void> {
    const fetches = [{ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 }]
    const request = {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1 << 20,
      topics: [{ topic: loadTopic, partitions: fetches }],
    }
    const { responses } = await client.send(fetch, 12, request)
    const found = responses[0]!.partitions[0]!
    if (found.errorCode !== 0) return
    this.check(partition, found.records ?? Buffer.alloc(0), false)
  }

  /** What is in a partition is what was sent to it, whole, without gaps; `isAll`: with everything that was acknowledged. */
  check(partition: number, bytes: Buffer, isAll: boolean): string[] {
    const mine = this.sent.filter(sent => sent.partition === partition)
    const texts = new Set(mine.map(({ text }) => text))
    const stored: string[] = []
    let size = 0
    for (const batch of batches(bytes)) {
      checkBatch(batch)
      size += batch.length
      if (baseOffsetOf(batch) !== stored.length) this.wrong.push(`offset ${baseOffsetOf(batch)} at ${stored.length}`)
      for (const { value } of records(batch)) stored.push(value!.toString())
    }
    if (size !== bytes.length) this.wrong.push(`partition ${partition}: ${bytes.length - size} bytes of a cut batch`)
    for (const text of stored) if (!texts.has(text)) this.wrong.push(`partition ${partition}: ${text} was never sent`)
    if (isAll) {
      for (const { text, answer } of mine) {
        if (answer?.error === 'NONE' && stored[answer.baseOffset] !== text)
          this.wrong.push(`partition ${partition}: ${text.slice(0, 8)} was acknowledged at ${answer.baseOffset}`)
      }
    }
    return stored
  }
}

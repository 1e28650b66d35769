// A whole broker in the simulated world, topics in it, and consumers on machines of their own: what tests of the consumer stand on.

import { SimBroker, type SimBrokerOptions, type SimClient } from '../broker/server/replay/sim-broker.ts'
import { Consumer } from '../client/consumer/consumer.ts'
import type { ConsumerBatch } from '../client/consumer/consumer-batch.ts'
import type { ConsumerOptions } from '../client/consumer/consumer-options.ts'
import { errors } from '../protocol/errors.ts'
import { createTopics } from '../protocol/messages/create-topics.ts'
import { endTxn } from '../protocol/messages/end-txn.ts'
import { findCoordinator } from '../protocol/messages/find-coordinator.ts'
import { initProducerId } from '../protocol/messages/init-producer-id.ts'
import { produce } from '../protocol/messages/produce.ts'
import { type BatchOptions, buildBatch, type RecordInput } from '../protocol/records/batch-builder.ts'

export interface TopicOptions {
  readonly partitions?: number
  readonly configs?: Readonly<Record<string, string>>
}

const bootstrap = 'broker:19094'
/** Simulated time that reading may take. */
const withinMs = 120_000

export class ConsumerBench {
  readonly sim: SimBroker
  client: SimClient
  readonly #consumers = new Map<string, Consumer>()
  #count = 0
  #transactions = 0

  private constructor(sim: SimBroker, client: SimClient) {
    this.sim = sim
    this.client = client
  }

  static async start(options: SimBrokerOptions = {}): Promise<ConsumerBench> {
    const settings = { 'advertised.listeners': `PLAINTEXT://${bootstrap}`, ...options.settings }
    const sim = await SimBroker.start({ ...options, settings })
    return new ConsumerBench(sim, await sim.connect())
  }

  /** The client that produces needs another connection: the broker was gone. */
  async reconnect(): Promise<void> {
    this.client = await this.sim.connect()
  }

  /** kill -9 of the consumer on that host. */
  kill(host: string): void {
    this.sim.world.host(host).crashProcess()
    this.#consumers.delete(host)
  }

  /** The broker and the host do not hear of each other until `heal`; connections stay. */
  cutOff(host: string): void {
    this.sim.world.network.block('broker', host)
  }

  heal(): void {
    this.sim.world.network.heal()
  }

  async topic(name: string, { partitions = 1, configs = {} }: TopicOptions = {}): Promise<void> {
    // Records are old: retention would take them while a test runs.
    const entries = Object.entries({ 'retention.ms': '-1', ...configs }).map(([key, value]) => ({ name: key, value }))
    const topics = [{ name, numPartitions: partitions, replicationFactor: 1, configs: entries }]
    const answer = await this.client.ask(createTopics, 7, { topics, timeoutMs: 10_000 })
    if (answer.topics[0]!.errorCode !== errors.NONE.code) throw new Error(`${name}: ${answer.topics[0]!.errorMessage}`)
  }

  /** Appends a batch of these values, and answers its base offset. */
  produce(topic: string, values: readonly string[], options?: BatchOptions & { partition?: number }): Promise<number> {
    return this.append(
      topic,
      buildBatch(
        values.map(value => ({ key: null, value: Buffer.from(value), timestamp: 1000 })),
        options,
      ),
      options?.partition,
    )
  }

  produceRecords(topic: string, records: readonly RecordInput[], options?: BatchOptions): Promise<number> {
    return this.append(topic, buildBatch(records, options))
  }

  /** As a producer of a test does it: while the world runs, without making it run. */
  async send(topic: string, records: readonly RecordInput[]): Promise<void> {
    const topicData = [{ name: topic, partitionData: [{ index: 0, records: buildBatch(records) }] }]
    await this.client.send(produce, 9, { acks: -1, timeoutMs: 10_000, topicData })
  }

  async append(topic: string, records: Buffer, partition = 0): Promise<number> {
    const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
    const answer = await this.client.ask(produce, 9, { acks: -1, timeoutMs: 10_000, topicData })
    const { errorCode, baseOffset, errorMessage } = answer.responses[0]!.partitionResponses[0]!
    if (errorCode !== errors.NONE.code) throw new Error(`produce: ${errorCode} ${errorMessage}`)
    return Number(baseOffset)
  }

  /** A transaction with one batch, ended by its marker; left open with 'open'. */
  async transaction(topic: string, values: readonly string[], end: 'commit' | 'abort' | 'open'): Promise<void> {
    const transactionalId = `tx-${this.#transactions++}`
    const { producerId, producerEpoch } = await this.#producer(transactionalId)
    const records = buildBatch(
      values.map(value => ({ key: null, value: Buffer.from(value), timestamp: 1000 })),
      { producerId, producerEpoch, baseSequence: 0, transactional: true },
    )
    const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
    const answer = await this.client.ask(produce, 12, { acks: -1, timeoutMs: 10_000, transactionalId, topicData })
    const { errorCode } = answer.responses[0]!.partitionResponses[0]!
    if (errorCode !== errors.NONE.code) throw new Error(`produce: ${errorCode}`)
    if (end === 'open') return
    const ending = { transactionalId, producerId, producerEpoch, committed: end === 'commit' }
    const ended = await this.client.ask(endTxn, 5, ending)
    if (ended.errorCode !== errors.NONE.code) throw new Error(`EndTxn: ${ended.errorCode}`)
  }

  /** Asks until the coordinator is there. */
  async #producer(transactionalId: string): Promise<{ producerId: number | bigint; producerEpoch: number }> {
    for (;;) {
      await this.client.ask(findCoordinator, 4, { keyType: 1, coordinatorKeys: [transactionalId] })
      const init = await this.client.ask(initProducerId, 4, { transactionalId, transactionTimeoutMs: 60_000 })
      if (init.errorCode === errors.NONE.code) return init
      await this.sim.world.runFor(100)
    }
  }

  /** On a machine of its own. */
  consumer(options: Partial<ConsumerOptions> = {}, host = `consumer-${this.#count++}`): Consumer {
    const world = this.sim.world.host(host).start()
    const consumer = new Consumer({ bootstrap, resetPolicy: 'earliest', ...options }, world)
    this.#consumers.set(host, consumer)
    return consumer
  }

  /** Values of the next records, so many of them. */
  async read(consumer: Consumer, count: number): Promise<string[]> {
    return this.complete(valuesOf(consumer, count))
  }

  /** The next batch, which counts as processed. */
  async readBatch(consumer: Consumer): Promise<ConsumerBatch> {
    return this.complete(nextBatch(consumer))
  }

  complete<Result>(promise: Promise<Result>): Promise<Result> {
    return this.sim.world.complete(promise, withinMs)
  }

  async stop(): Promise<void> {
    await this.complete(Promise.all([...this.#consumers.values()].map(consumer => consumer.close())))
    await this.sim.stop()
  }
}

async function valuesOf(consumer: Consumer, count: number): Promise<string[]> {
  const values: string[] = []
  if (count === 0) return values
  for await (const record of consumer.records()) {
    values.push(record.value?.toString() ?? 'null')
    consumer.markProcessed(record)
    if (values.length === count) break
  }
  return values
}

async function nextBatch(consumer: Consumer): Promise<ConsumerBatch> {
  for await (const batch of consumer) {
    consumer.markProcessed(batch)
    return batch
  }
  throw new Error('the consumer was closed')
}

// A topic, a proxy in front of the brokers, a producer and a consumer that go through it, and what they did: for checks of what faults do
// to both. What is stored is read past the proxy.

import assert from 'node:assert/strict'
import type { Clock } from '../../../io/clock.ts'
import { Admin } from '../../admin/admin.ts'
import { Consumer } from '../../consumer/consumer.ts'
import type { ConsumerOptions } from '../../consumer/consumer-options.ts'
import { Producer } from '../../producer/producer.ts'
import type { ProducerOptions } from '../../producer/producer-options.ts'
import { wait } from '../../resilience/wait.ts'
import type { CheckContext, TargetNode } from '../check.ts'
import { FaultProxy } from './fault-proxy.ts'
import type { Address } from './named-addresses.ts'
import { NumberedLoad } from './numbered-load.ts'
import { Processing } from './processing.ts'

export const partitions = 2
/** Nothing that is to happen takes longer: whoever is not done by then hangs. */
const withinMsMax = 90_000

/** Short enough that faults outlast them. */
export const times = {
  requestTimeoutMs: 3000,
  connectTimeoutMs: 2000,
  sessionTimeoutMs: 6000,
  heartbeatIntervalMs: 1000,
  autoCommitIntervalMs: 500,
}

export interface FaultBenchOptions {
  readonly configs?: Readonly<Record<string, string>>
  readonly producer?: Partial<ProducerOptions>
  readonly consumer?: Partial<ConsumerOptions>
}

export class FaultBench {
  readonly context: CheckContext
  readonly proxy: FaultProxy
  readonly topic: string
  readonly group: string
  readonly load: NumberedLoad
  readonly processing: Processing
  readonly #opened: { close(): Promise<void> }[] = []

  private constructor(context: CheckContext, proxy: FaultProxy, options: FaultBenchOptions) {
    this.context = context
    this.proxy = proxy
    this.topic = context.newName('faults')
    this.group = context.newName('group')
    const { clock } = context.world
    this.load = new NumberedLoad(this.newProducer(options.producer), this.topic, partitions, clock)
    this.processing = new Processing(this.newConsumer(options.consumer), partitions, clock)
  }

  /** The load and the reading have begun. */
  static async open(context: CheckContext, options: FaultBenchOptions = {}): Promise<FaultBench> {
    const proxy = await FaultProxy.start(context.world, context.bootstrap)
    const bench = new FaultBench(context, proxy, options)
    const admin = new Admin({ bootstrap: context.bootstrap }, context.world)
    const { replicationFactor } = context
    const { configs = {} } = options
    await admin.topics.create({ name: bench.topic, partitions, replicationFactor, configs })
    await admin.close()
    bench.load.start()
    bench.processing.start([bench.topic])
    await bench.until(() => bench.processing.count > 20, 'some records are processed before the fault')
    return bench
  }

  get clock(): Clock {
    return this.context.world.clock
  }

  newProducer(options: Partial<ProducerOptions> = {}): Producer {
    const { requestTimeoutMs, connectTimeoutMs } = times
    const settings = { requestTimeoutMs, connectTimeoutMs, lingerMs: 1, batchBytes: 1000, ...options }
    const producer = new Producer({ bootstrap: this.proxy.bootstrap, ...settings }, this.context.world)
    this.#opened.push(producer)
    return producer
  }

  /** A member of the group, unless options say another thing. */
  newConsumer(options: Partial<ConsumerOptions> = {}, bootstrap = this.proxy.bootstrap): Consumer {
    const settings = { ...times, resetPolicy: 'earliest', protocol: 'classic', maxWaitMs: 200, ...options } as const
    const consumer = new Consumer({ bootstrap, group: this.group, ...settings }, this.context.world)
    this.#opened.push(consumer)
    return consumer
  }

  /** Of the first broker. */
  get upstream(): Address {
    const [host = '', port] = this.context.bootstrap.split(',')[0]!.split(':')
    return { host, port: Number(port) }
  }

  /** Of partition 0. */
  async leaderNode(): Promise<TargetNode> {
    const admin = new Admin({ bootstrap: this.context.bootstrap }, this.context.world)
    try {
      const { partitions: all } = await admin.topics.describe(this.topic)
      return this.context.nodes.find(({ nodeId }) => nodeId === all[0]!.leaderId)!
    } finally {
      await admin.close()
    }
  }

  pause(ms: number): Promise<void> {
    return wait(this.clock, ms)
  }

  /** Rejects when it does not come to be. */
  async until(is: () => boolean, what: string): Promise<void> {
    const startedMs = this.clock.monotonicMs()
    while (!is()) {
      const state = `${this.processing.consumer.explain()}\n${this.load.made} sent, ${this.load.acknowledged} acknowledged`
      assert.ok(this.clock.monotonicMs() - startedMs < withinMsMax, `in vain: ${what}\n${state}`)
      assert.equal(this.processing.failure, undefined, `reading failed: ${this.processing.failure?.stack}`)
      await this.pause(20)
    }
  }

  /** Both work as if nothing had happened. */
  async untilWell(): Promise<void> {
    const { made } = this.load
    const { count } = this.processing
    await this.until(() => this.load.acknowledged > made + 20, 'records sent after the fault are acknowledged')
    await this.until(() => this.processing.count > count + 20, 'records are processed after the fault')
  }

  /**
   * The load ends; each of its records is stored once and in order, and all are processed, in the order of their partitions. `others`:
   * what else has processed them.
   */
  async finish(others: readonly Processing[] = []): Promise<void> {
    const counts = await this.within(this.load.stop(), 'the producer acknowledges, or gives up, everything')
    await this.checkStored(counts)
    const all = [this.processing, ...others]
    const isDone = () => counts.every((count, partition) => all.some(each => each.last(partition) === count - 1))
    await this.until(isDone, `all is processed: ${counts}`)
    for (const each of all) await this.within(each.stop(), 'the consumer closes')
    Processing.check(all, counts)
  }

  async within<T>(work: Promise<T>, what: string): Promise<T> {
    let isOver = false
    const done = work.finally(() => {
      isOver = true
    })
    const late = this.until(() => isOver, what)
    await Promise.race([done, late])
    return done
  }

  /** Past the proxy: numbers from 0, each once. */
  async checkStored(counts: readonly number[]): Promise<void> {
    const reader = new Consumer({ bootstrap: this.context.bootstrap, isolation: 'read_committed' }, this.context.world)
    const all = counts.map((_, partition) => ({ topic: this.topic, partition }))
    reader.assign(all.map(place => ({ ...place, offset: 'earliest' }) as const))
    const stored: number[][] = counts.map(() => [])
    const sum = counts.reduce((total, count) => total + count, 0)
    let read = 0
    try {
      for await (const { partition, value } of reader.records()) {
        if (`${value}`.startsWith('-')) continue
        stored[partition]!.push(Number(`${value}`.split(' ')[0]))
        if (++read === sum) break
      }
    } finally {
      await reader.close()
    }
    for (const [partition, numbers] of stored.entries()) {
      assert.deepEqual(
        numbers,
        Array.from({ length: counts[partition]! }, (_, i) => i),
        `stored in ${partition}`,
      )
    }
  }

  /** Whatever happened: nothing stays. */
  async close(): Promise<void> {
    this.load.end()
    this.proxy.release()
    this.proxy.heal()
    for (const each of this.#opened) await (each as Producer).close({ timeoutMs: 0 })
    await this.proxy.close()
  }
}

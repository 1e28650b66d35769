// What a consumer processed, and when, and which partitions were its own at the time.

import assert from 'node:assert/strict'
import type { Clock } from '../../../io/clock.ts'
import type { TopicPartition } from '../../../protocol/types.ts'
import type { Consumer } from '../../consumer/consumer.ts'
import { wait } from '../../resilience/wait.ts'

interface Processed {
  readonly partition: number
  readonly number: number
  readonly atMs: number
}

/** By the monotonic clock. */
interface Owning {
  readonly partition: number
  readonly fromMs: number
}

export class Processing {
  readonly consumer: Consumer
  /** How long a record takes. */
  recordMs = 0
  failure: Error | undefined
  readonly skipped: { partition: number; fromOffset: number; toOffset: number }[] = []
  readonly #clock: Clock
  readonly #processed: Processed[] = []
  readonly #owned: Owning[] = []
  readonly #last: number[]
  #reading: Promise<void> | undefined

  constructor(consumer: Consumer, partitions: number, clock: Clock) {
    this.consumer = consumer
    this.#clock = clock
    this.#last = new Array(partitions).fill(-1)
    consumer.events.on('assigned', all => this.#assigned(all))
    consumer.events.on('skipped', ({ partition, fromOffset, toOffset }) => {
      this.skipped.push({ partition, fromOffset, toOffset })
    })
  }

  get count(): number {
    return this.#processed.length
  }

  /** The highest number of a partition, -1 before the first. */
  last(partition: number): number {
    return this.#last[partition]!
  }

  /** When a partition was given to it first; undefined: never. */
  ownedSinceMs(partition: number): number | undefined {
    return this.#owned.find(each => each.partition === partition)?.fromMs
  }

  start(topics: readonly string[]): void {
    this.consumer.subscribe(topics)
    this.#reading = this.#read()
  }

  async stop(): Promise<void> {
    await this.consumer.close({ timeoutMs: 10_000 })
    await this.#reading
  }

  /** What it did with a partition after that, until it was given to it anew. */
  processedAfter(partition: number, ms: number): number[] {
    const again = this.#owned.find(each => each.partition === partition && each.fromMs > ms)?.fromMs
    const isLate = ({ partition: of, atMs }: Processed) => of === partition && atMs > ms && atMs < (again ?? Infinity)
    return this.#processed.filter(isLate).map(({ number }) => number)
  }

  /** Each number was processed by one of them at least, and no one passed over any: what comes again is what came before. */
  static check(all: readonly Processing[], counts: readonly number[]): void {
    for (const [partition, count] of counts.entries()) {
      const events = all.flatMap(each => each.#processed.filter(one => one.partition === partition))
      const numbers = events.sort((a, b) => a.atMs - b.atMs).map(({ number }) => number)
      const skipped = all.flatMap(each => each.skipped.filter(skip => skip.partition === partition))
      const left = new Set(skipped.flatMap(({ fromOffset, toOffset }) => range(fromOffset, toOffset)))
      assert.equal(new Set([...numbers, ...left]).size, count, `partition ${partition} is processed`)
      let highest = -1
      for (const number of numbers) {
        while (left.has(highest + 1)) highest += 1
        assert.ok(number <= highest + 1, `partition ${partition}: ${number} after ${highest}`)
        highest = Math.max(highest, number)
      }
    }
  }

  async #read(): Promise<void> {
    try {
      for await (const { partition, value } of this.consumer.records()) {
        const text = `${value}`
        if (text.startsWith('-')) continue
        const number = Number(text.split(' ')[0])
        this.#processed.push({ partition, number, atMs: this.#clock.monotonicMs() })
        this.#last[partition] = Math.max(this.#last[partition]!, number)
        if (this.recordMs > 0) await wait(this.#clock, this.recordMs)
      }
    } catch (error) {
      this.failure = error as Error
    }
  }

  #assigned(all: readonly TopicPartition[]): void {
    const fromMs = this.#clock.monotonicMs()
    for (const { partition } of all) this.#owned.push({ partition, fromMs })
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

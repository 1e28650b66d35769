// Records with numbers, from 0 in each partition, one after the other and without waiting; all are to be acknowledged in the end.

import assert from 'node:assert/strict'
import type { Clock } from '../../../io/clock.ts'
import type { Producer } from '../../producer/producer.ts'
import { wait } from '../../resilience/wait.ts'

const intervalMs = 5
/** Not acknowledged yet; more are not sent before. */
const openMax = 2000

export class NumberedLoad {
  made = 0
  acknowledged = 0
  readonly producer: Producer
  readonly #topic: string
  readonly #counts: number[]
  readonly #clock: Clock
  readonly #failures: Error[] = []
  readonly #open = new Set<Promise<void>>()
  #loop: Promise<void> | undefined
  #isOver = false

  constructor(producer: Producer, topic: string, partitions: number, clock: Clock) {
    this.producer = producer
    this.#topic = topic
    this.#counts = new Array(partitions).fill(0)
    this.#clock = clock
  }

  start(): void {
    this.#loop = this.#run()
  }

  /** No more are sent. */
  end(): void {
    this.#isOver = true
  }

  /** How many were sent to each partition, all of them acknowledged: rejects with what was not. */
  async stop(): Promise<readonly number[]> {
    this.end()
    await this.#loop
    await Promise.all(this.#open)
    assert.deepEqual(this.#failures, [], 'every record is acknowledged')
    return this.#counts
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      for (let partition = 0; partition < this.#counts.length && this.#open.size < openMax; partition++) {
        this.#send(partition)
      }
      await wait(this.#clock, intervalMs)
    }
  }

  #send(partition: number): void {
    const number = this.#counts[partition]!++
    this.made += 1
    const sent = this.producer.send(this.#topic, { partition, value: `${number} ${'x'.repeat(number % 50)}` }).then(
      () => {
        this.acknowledged += 1
      },
      error => void this.#failures.push(error),
    )
    const tracked = sent.finally(() => this.#open.delete(tracked))
    this.#open.add(tracked)
  }
}

// Transactions, one after the other, each with a record for every partition; their values begin with "-", and whose reading is checked
// looks at others only.

import assert from 'node:assert/strict'
import { Consumer } from '../../consumer/consumer.ts'
import type { Producer } from '../../producer/producer.ts'
import { type FaultBench, partitions } from './fault-bench.ts'

const intervalMs = 50

export class RepeatedTransactions {
  committed = 0
  readonly #bench: FaultBench
  readonly #producer: Producer
  #loop: Promise<void> | undefined
  #isOver = false

  constructor(bench: FaultBench) {
    this.#bench = bench
    this.#producer = bench.newProducer({ transactionalId: bench.context.newName('transactions') })
  }

  start(): void {
    this.#loop = this.#run()
    this.#loop.catch(() => {})
  }

  /** Rejects with what kept one from being committed. */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#loop
  }

  /** Each is there, once and whole, for readers of committed records. */
  async check(): Promise<void> {
    const { context, topic } = this.#bench
    const reader = new Consumer({ bootstrap: context.bootstrap, isolation: 'read_committed' }, context.world)
    const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
    reader.assign(all.map(place => ({ ...place, offset: 'earliest' }) as const))
    const seen: string[][] = all.map(() => [])
    try {
      for await (const { partition, value } of reader.records()) {
        if (`${value}`.startsWith('-')) seen[partition]!.push(`${value}`)
        if (seen.every(({ length }) => length >= this.committed)) break
      }
    } finally {
      await reader.close()
    }
    const expected = Array.from({ length: this.committed }, (_, number) => `-${number}`)
    for (const values of seen) assert.deepEqual(values, expected, 'transactions')
  }

  async #run(): Promise<void> {
    const { topic } = this.#bench
    while (!this.#isOver) {
      const tx = await this.#producer.begin()
      const value = `-${this.committed}`
      const sent = Array.from({ length: partitions }, (_, partition) => tx.send(topic, { partition, value }))
      await Promise.all(sent)
      await tx.commit()
      this.committed += 1
      await this.#bench.pause(intervalMs)
    }
  }
}

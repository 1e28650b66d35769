// Producers that write while a broker is stopped or killed, and go on with the next one: what was not answered they send
// again, to another broker than the one that may have stored it. The checker of bench/crash judges what is there.

import { History, type Violation } from '../crash/history.ts'
import { ProduceRefused, ProducerLoad } from '../crash/producer-load.ts'
import { Reader } from '../crash/reader.ts'
import type { RunningBroker } from './target.ts'

export const loadTopic = 'under-load'
const partitionCount = 2
const loadMs = 300

export class Load {
  readonly #history = new History()
  readonly #violations: Violation[] = []
  readonly #producers: readonly ProducerLoad[]

  constructor() {
    const common = {
      topic: loadTopic,
      // After a restart Kafka knows a producer's last batch only: its snapshots do not hold the ones before.
      inFlightMax: 1,
      history: this.#history,
      report: (violations: readonly Violation[]) => void this.#violations.push(...violations),
      chance: (below: number) => Math.floor(Math.random() * below),
    }
    this.#producers = [
      new ProducerLoad({ ...common, name: 'idempotent-none', partition: 0, idempotent: true, compression: 'none' }),
      new ProducerLoad({ ...common, name: 'idempotent-lz4', partition: 0, idempotent: true, compression: 'lz4' }),
      new ProducerLoad({ ...common, name: 'idempotent-zstd', partition: 1, idempotent: true, compression: 'zstd' }),
      new ProducerLoad({ ...common, name: 'plain-gzip', partition: 1, idempotent: false, compression: 'gzip' }),
    ]
  }

  get acknowledgedCount(): number {
    return this.#history.acknowledgedCount
  }

  async createTopic(port: number): Promise<void> {
    const reader = await Reader.open(port, loadTopic)
    await reader.createTopic(partitionCount, {})
    reader.close()
  }

  /** Writes for a moment and ends the broker in the middle of it. */
  async runUntilEnd(broker: RunningBroker, how: 'stop' | 'kill'): Promise<void> {
    const producing = this.#producers.map(producer => producer.run(broker.port, () => false))
    const ended = new Promise(resolve => setTimeout(resolve, loadMs)).then(() => broker[how]())
    for (const end of await Promise.allSettled([...producing, ended])) {
      if (end.status === 'rejected' && !(how === 'stop' && isGoodbye(end.reason))) throw end.reason
    }
  }

  /** What the next broker holds against what the last one promised. */
  async check(port: number): Promise<readonly Violation[]> {
    const reader = await Reader.open(port, loadTopic)
    for (let partition = 0; partition < partitionCount; partition++) {
      this.#violations.push(...this.#history.checkEndOffset(partition, await reader.endOffset(partition)))
      this.#violations.push(...this.#history.checkRecords(partition, await reader.readAll(partition)))
    }
    reader.close()
    return this.#violations
  }
}

/** A broker that stops may say so before it closes the connection. */
function isGoodbye(error: unknown): boolean {
  return error instanceof ProduceRefused && /NOT_LEADER_OR_FOLLOWER|KAFKA_STORAGE_ERROR/.test(error.message)
}

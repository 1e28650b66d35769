// Where records without a key go: to one partition until a batch's worth of bytes has gone there, then to another, chosen by
// chance and less often the longer the queue of the partition is. Small batches for all partitions would cost more than large
// ones for one after the other, and a slow broker would fill up with what waits for it.
// Source: KIP-480, KIP-794; org.apache.kafka.clients.producer.internals.BuiltInPartitioner, Kafka 4.3.0. Difference: the
// queues are looked at when a partition is chosen, and not as they were when something was last sent.

import type { Random } from '../../io/random.ts'

/** What the partitioner may know of the partitions of its topic. */
export interface PartitionLoads {
  readonly count: number
  /** Whether a record may go there now: it has a leader, which has not kept others waiting for too long. */
  isAvailable(partition: number): boolean
  /** Batches that wait for being sent. */
  queueLength(partition: number): number
}

export interface StickyOptions {
  /** So many bytes go to one partition before the next is chosen; twice as many at most. */
  readonly stickyBytes: number
  /** Whether long queues make a partition less likely. */
  readonly isAdaptive: boolean
}

export class StickyPartitioner {
  readonly #options: StickyOptions
  readonly #loads: PartitionLoads
  readonly #random: Random
  #partition = -1
  #bytes = 0

  constructor(options: StickyOptions, loads: PartitionLoads, random: Random) {
    this.#options = options
    this.#loads = loads
    this.#random = random
  }

  /** The partition for the next record. */
  get partition(): number {
    if (this.#partition < 0) this.#partition = this.#choose()
    return this.#partition
  }

  /** So many bytes have gone to the partition, whose last batch has room for more: at twice the bytes it is left all the same. */
  onAppended(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes >= 2 * this.#options.stickyBytes) this.#leave()
  }

  /** The partition's last batch is full: no half-filled batch is left behind now. */
  onBatchFull(): void {
    if (this.#bytes >= this.#options.stickyBytes) this.#leave()
  }

  #leave(): void {
    this.#bytes = 0
    this.#partition = -1
  }

  #choose(): number {
    const { count } = this.#loads
    const available: number[] = []
    for (let partition = 0; partition < count; partition++) {
      if (this.#loads.isAvailable(partition)) available.push(partition)
    }
    // None can take it: any will do, as any may be the first that can again.
    if (available.length === 0) return this.#random.int(count)
    if (!this.#options.isAdaptive) return available[this.#random.int(available.length)]!
    return this.#byQueueLength(available)
  }

  /** Of queues of 0, 3 and 1 batches the chances are 4, 1 and 3: what is missing to one more than the longest. */
  #byQueueLength(available: readonly number[]): number {
    const lengths = available.map(partition => this.#loads.queueLength(partition))
    const bound = Math.max(...lengths) + 1
    const sum = lengths.reduce((total, length) => total + bound - length, 0)
    let chance = this.#random.int(sum)
    for (let i = 0; i < available.length; i++) {
      chance -= bound - lengths[i]!
      if (chance < 0) return available[i]!
    }
    throw new Error('chances do not add up')
  }
}

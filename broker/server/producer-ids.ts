// Producer ids for idempotent producers: handed out from a block that the controller allocated to this broker.
// A block that is lost to a crash leaves a gap; no id is ever given twice. Source: Kafka 4.3.0's RPCProducerIdManager.

import type { Metadata } from '../metadata/metadata.ts'

export class ProducerIds {
  readonly #metadata: Pick<Metadata, 'allocateProducerIds'>
  #next: number | bigint = 0
  #left = 0
  #allocation: Promise<void> | undefined

  constructor(metadata: Pick<Metadata, 'allocateProducerIds'>) {
    this.#metadata = metadata
  }

  /** An id that nobody has. Rejects when the controller cannot allocate. */
  async next(): Promise<number | bigint> {
    // Several may have waited for a block that is used up by now.
    while (this.#left === 0) await this.#allocate()
    const id = this.#next
    this.#next = typeof id === 'bigint' ? id + 1n : id + 1
    this.#left--
    return id
  }

  #allocate(): Promise<void> {
    this.#allocation ??= this.#metadata
      .allocateProducerIds()
      .then(({ firstProducerId, count }) => {
        this.#next = firstProducerId
        this.#left = count
      })
      .finally(() => {
        this.#allocation = undefined
      })
    return this.#allocation
  }
}

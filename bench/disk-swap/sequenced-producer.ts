// An idempotent producer that outlives brokers: the next one must know its last batch and what has to come after it.

import type { CompressionType } from '../../protocol/records/compression-type.ts'
import { batchOf } from './made-records.ts'
import type { Requests } from './requests.ts'

export interface SequencedProducerOptions {
  readonly topic: string
  readonly partition: number
  readonly compression: CompressionType
}

export class SequencedProducer {
  readonly #options: SequencedProducerOptions
  #producer: { producerId: number; producerEpoch: number } | undefined
  #nextSequence = 0
  #batches = 0
  #last: { bytes: Buffer; baseOffset: number } | undefined

  constructor(options: SequencedProducerOptions) {
    this.#options = options
  }

  async send(requests: Requests): Promise<void> {
    this.#producer ??= await requests.newProducer()
    const { bytes, count } = this.#batch(this.#nextSequence)
    const { baseOffset } = await requests.produce(this.#options.topic, this.#options.partition, Buffer.from(bytes))
    this.#last = { bytes, baseOffset }
    this.#nextSequence += count
    this.#batches++
  }

  /** The last batch again must be a duplicate with its old offset, and one with a gap must be refused. */
  async resume(requests: Requests): Promise<void> {
    if (!this.#last) return
    const { topic, partition } = this.#options
    const again = await requests.produce(topic, partition, Buffer.from(this.#last.bytes))
    if (again.baseOffset !== this.#last.baseOffset) {
      throw new Error(
        `${topic}-${partition}: a repeated batch went to ${again.baseOffset}, not ${this.#last.baseOffset}`,
      )
    }
    const refusal = await requests.produce(topic, partition, this.#batch(this.#nextSequence + 5).bytes).then(
      () => 'accepted',
      error => (error as { code?: string }).code,
    )
    if (refusal !== 'OUT_OF_ORDER_SEQUENCE_NUMBER')
      throw new Error(`${topic}-${partition}: a batch after a gap: ${refusal}`)
  }

  #batch(baseSequence: number): { bytes: Buffer; count: number } {
    const { compression } = this.#options
    // Of now: what a producer did more than a day ago is forgotten.
    const firstTimestamp = Date.now() - 2 * 3_600_000
    return batchOf({ round: 1, index: this.#batches, compression, ...this.#producer!, baseSequence, firstTimestamp })
  }
}

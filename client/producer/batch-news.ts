// What is told of batches: sent, acknowledged, given up (client/observability). A batch is told of when somebody listened as it was
// sent, or as it failed.

import type { Clock } from '../../io/clock.ts'
import { channels } from '../observability/channels.ts'
import type { ProducerBatchMessage } from '../observability/messages.ts'
import type { ProducerBatch } from './producer-batch.ts'

export interface BatchNewsOptions {
  readonly clientId: string
  readonly transactionalId: string | null
  readonly clock: Clock
  /** When the batch got its first record, by the monotonic clock. */
  openedMs(batch: ProducerBatch): number
}

export class BatchNews {
  readonly #options: BatchNewsOptions

  constructor(options: BatchNewsOptions) {
    this.#options = options
  }

  sent(batch: ProducerBatch, broker: string): void {
    const { producerBatchSent, producerBatchAcked, producerBatchFailed } = channels
    const isHeard =
      producerBatchSent.hasSubscribers || producerBatchAcked.hasSubscribers || producerBatchFailed.hasSubscribers
    if (!isHeard) return
    batch.told = this.#message(batch, broker)
    producerBatchSent.publish(batch.told)
  }

  acknowledged(batch: ProducerBatch, baseOffset: number): void {
    const { told } = batch
    if (told === undefined) return
    told.baseOffset = baseOffset
    told.latencyMs = this.#options.clock.monotonicMs() - told.sentMs
    channels.producerBatchAcked.publish(told)
  }

  /** It was given up. */
  failed(batch: ProducerBatch, error: Error): void {
    if (!channels.producerBatchFailed.hasSubscribers) return
    const told = batch.told ?? this.#message(batch, undefined)
    told.error = error
    told.latencyMs = this.#options.clock.monotonicMs() - told.sentMs
    channels.producerBatchFailed.publish(told)
  }

  #message(batch: ProducerBatch, broker: string | undefined): ProducerBatchMessage {
    const { clientId, transactionalId, clock, openedMs } = this.#options
    const { queue, count: records, sizeInBytes: bytes, attempts: attempt } = batch
    const { topic, partition } = queue
    const sentMs = clock.monotonicMs()
    const queuedMs = sentMs - openedMs(batch)
    const outcome = { latencyMs: undefined, baseOffset: undefined, error: undefined }
    return {
      clientId,
      transactionalId,
      topic,
      partition,
      broker,
      records,
      bytes,
      attempt,
      queuedMs,
      sentMs,
      ...outcome,
    }
  }
}

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

interface Sent {
  readonly message: ProducerBatchMessage
  readonly sentMs: number
}

export class BatchNews {
  readonly #options: BatchNewsOptions
  /** The last attempt of those that are under way. */
  readonly #sent = new WeakMap<ProducerBatch, Sent>()

  constructor(options: BatchNewsOptions) {
    this.#options = options
  }

  sent(batch: ProducerBatch, broker: string): void {
    const { producerBatchSent, producerBatchAcked, producerBatchFailed } = channels
    const isHeard =
      producerBatchSent.hasSubscribers || producerBatchAcked.hasSubscribers || producerBatchFailed.hasSubscribers
    if (!isHeard) return
    const sentMs = this.#options.clock.monotonicMs()
    const message = this.#message(batch, broker, sentMs)
    this.#sent.set(batch, { message, sentMs })
    producerBatchSent.publish(message)
  }

  acknowledged(batch: ProducerBatch, baseOffset: number): void {
    const sent = channels.producerBatchAcked.hasSubscribers ? this.#sent.get(batch) : undefined
    if (sent === undefined) return
    sent.message.baseOffset = baseOffset
    sent.message.latencyMs = this.#options.clock.monotonicMs() - sent.sentMs
    channels.producerBatchAcked.publish(sent.message)
  }

  /** It was given up. */
  failed(batch: ProducerBatch, error: Error): void {
    if (!channels.producerBatchFailed.hasSubscribers) return
    const nowMs = this.#options.clock.monotonicMs()
    const sent = this.#sent.get(batch) ?? { message: this.#message(batch, undefined, nowMs), sentMs: nowMs }
    sent.message.error = error
    sent.message.latencyMs = nowMs - sent.sentMs
    channels.producerBatchFailed.publish(sent.message)
  }

  #message(batch: ProducerBatch, broker: string | undefined, nowMs: number): ProducerBatchMessage {
    const { clientId, transactionalId, openedMs } = this.#options
    const { queue, count: records, sizeInBytes: bytes, attempts: attempt } = batch
    const { topic, partition } = queue
    const queuedMs = nowMs - openedMs(batch)
    const outcome = { latencyMs: undefined, baseOffset: undefined, error: undefined }
    return { clientId, transactionalId, topic, partition, broker, records, bytes, attempt, queuedMs, ...outcome }
  }
}

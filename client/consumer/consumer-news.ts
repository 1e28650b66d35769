// What is told of the batches of a consumer and of its commits (client/observability). A batch is told of when somebody listened as it
// was delivered.

import type { Clock } from '../../io/clock.ts'
import type { OffsetToCommit } from '../group/group-membership.ts'
import { countOf } from '../observability/batch-count.ts'
import { channels } from '../observability/channels.ts'
import type { ConsumerBatchMessage } from '../observability/messages.ts'
import type { ConsumerBatch } from './consumer-batch.ts'

export interface ConsumerNewsOptions {
  readonly clientId: string
  readonly group: string | undefined
  readonly clock: Clock
}

export interface ToldBatch {
  readonly message: ConsumerBatchMessage
  readonly deliveredMs: number
}

export class ConsumerNews {
  readonly #options: ConsumerNewsOptions

  constructor(options: ConsumerNewsOptions) {
    this.#options = options
  }

  /** What is to be told again when it is processed; undefined when nobody listens. */
  delivered(batch: ConsumerBatch): ToldBatch | undefined {
    const { consumerBatchDelivered, consumerBatchProcessed } = channels
    if (!consumerBatchDelivered.hasSubscribers && !consumerBatchProcessed.hasSubscribers) return undefined
    const { clientId, group, clock } = this.#options
    const { topic, partition, fromOffset, nextOffset, sizeInBytes: bytes, lag } = batch
    const records = countOf(batch)
    const outcome = { durationMs: undefined, outcome: undefined }
    const message = { clientId, group, topic, partition, fromOffset, nextOffset, records, bytes, lag, ...outcome }
    consumerBatchDelivered.publish(message)
    return { message, deliveredMs: clock.monotonicMs() }
  }

  processed({ message, deliveredMs }: ToldBatch, outcome: NonNullable<ConsumerBatchMessage['outcome']>): void {
    message.outcome = outcome
    message.durationMs = this.#options.clock.monotonicMs() - deliveredMs
    channels.consumerBatchProcessed.publish(message)
  }

  /** The commit, told when it is over. */
  commit(offsets: readonly OffsetToCommit[], work: Promise<void>): Promise<void> {
    return channels.consumerCommit.hasSubscribers ? this.#told(offsets, work) : work
  }

  async #told(offsets: readonly OffsetToCommit[], work: Promise<void>): Promise<void> {
    const { clientId, group, clock } = this.#options
    const startedMs = clock.monotonicMs()
    const tell = (error: Error | undefined) => {
      channels.consumerCommit.publish({ clientId, group, offsets, durationMs: clock.monotonicMs() - startedMs, error })
    }
    try {
      await work
    } catch (error) {
      tell(error as Error)
      throw error
    }
    tell(undefined)
  }
}

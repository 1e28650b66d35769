// The two ways to iterate: over batches, over single records. What was handed out counts as processed when the next is asked for.
// Who leaves the loop (break, an error thrown in it) has not processed what was in hand: it is handed out again to the next loop,
// unless it was marked as processed before.

import type { ConsumerBatch } from './consumer-batch.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import type { Delivery } from './delivery.ts'

/** Ends when the consumer is closed. */
export async function* batchesOf(delivery: Delivery, signal?: AbortSignal): AsyncGenerator<ConsumerBatch, void, void> {
  for (let entry = await delivery.next(signal); entry !== undefined; entry = await delivery.next(signal)) {
    let isLeft = true
    try {
      yield entry.batch
      isLeft = false
    } finally {
      if (isLeft) delivery.undone(entry)
      else delivery.done(entry)
    }
  }
}

/**
 * Ends when the consumer is closed. Of a partition that is taken away, or paused, within a batch, the rest of the batch is not
 * shown.
 */
export async function* recordsOf(delivery: Delivery, signal?: AbortSignal): AsyncGenerator<ConsumerRecord, void, void> {
  for (let entry = await delivery.next(signal); entry !== undefined; entry = await delivery.next(signal)) {
    let isLeft = true
    const { state, batch } = entry
    try {
      for (const record of batch) {
        if (!delivery.mayShow(entry)) break
        yield record
        if (delivery.mayCommit(entry)) state.noteProcessed(record.offset + 1, batch.leaderEpoch)
      }
      isLeft = !delivery.mayShow(entry)
    } finally {
      if (isLeft) delivery.undone(entry)
      else delivery.done(entry)
    }
  }
}

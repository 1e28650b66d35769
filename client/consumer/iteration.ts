// The two ways to iterate: over batches, over single records. What was handed out counts as processed when the next is asked for.
// Who leaves the loop (break, an error thrown in it) has not processed what was in hand: it is handed out again to the next loop,
// unless it was marked as processed before.

import type { ClientTracing, ProcessCall, ProcessTrace } from '../observability/client-tracing.ts'
import type { ConsumerBatch } from './consumer-batch.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import type { Delivery } from './delivery.ts'

/** How what is handed out is traced. */
export interface Traced {
  readonly who: ProcessCall
  readonly tracing: ClientTracing | undefined
}

/** Ends when the consumer is closed. */
export async function* batchesOf(
  delivery: Delivery,
  { who, tracing }: Traced,
  signal?: AbortSignal,
): AsyncGenerator<ConsumerBatch, void, void> {
  for (let entry = await delivery.next(signal); entry !== undefined; entry = await delivery.next(signal)) {
    let isLeft = true
    const trace = tracing?.processBatch(who, entry.batch)
    try {
      yield entry.batch
      isLeft = false
    } finally {
      trace?.end()
      // Who has left the loop may still read what it left with.
      if (isLeft) entry.batch.keep()
      if (isLeft) delivery.undone(entry)
      else delivery.done(entry)
    }
  }
}

/**
 * Ends when the consumer is closed. Of a partition that is taken away, or paused, within a batch, the rest of the batch is not
 * shown.
 */
export async function* recordsOf(
  delivery: Delivery,
  { who, tracing }: Traced,
  signal?: AbortSignal,
): AsyncGenerator<ConsumerRecord, void, void> {
  for (let entry = await delivery.next(signal); entry !== undefined; entry = await delivery.next(signal)) {
    let isLeft = true
    let trace: ProcessTrace | undefined
    const { state, batch } = entry
    try {
      for (const record of batch) {
        if (!delivery.mayShow(entry)) break
        trace = tracing?.processRecord(who, record)
        yield record
        trace?.end()
        if (delivery.mayCommit(entry)) state.noteProcessed(record.offset + 1, batch.leaderEpoch)
      }
      isLeft = !delivery.mayShow(entry)
    } finally {
      trace?.end()
      if (isLeft) delivery.undone(entry)
      else delivery.done(entry)
    }
  }
}

// How many records a batch has, for those who are told of it: what is damaged is for whoever reads it to find out.

import type { ConsumerBatch } from '../consumer/consumer-batch.ts'

/** 0 when it cannot be counted. */
export function countOf(batch: Pick<ConsumerBatch, 'count'>): number {
  try {
    return batch.count
  } catch {
    return 0
  }
}

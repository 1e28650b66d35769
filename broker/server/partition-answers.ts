// Requests that name partitions by topic and get an answer for each: asks one by one, answers in the request's order.

import type { Offset } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'

interface TopicRequest<P> {
  readonly partitions: readonly P[]
}

/** Asks about every partition of every topic; `answer` may wait, all of them wait together. */
export function perPartition<T extends TopicRequest<unknown>, A>(
  topics: readonly T[],
  answer: (topic: T, partition: T['partitions'][number]) => A | Promise<A>,
): Promise<{ topic: T; partitions: A[] }[]> {
  return Promise.all(
    topics.map(async topic => ({
      topic,
      partitions: await Promise.all(topic.partitions.map(partition => answer(topic, partition))),
    })),
  )
}

/** An offset that a client sent. One beyond 2^53 is rounded, and lies beyond every log either way. */
export const offsetOf = (value: Int64): Offset => Number(value)

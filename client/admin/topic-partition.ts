// Partitions as an Admin is asked about them, and as requests group them.

import type { TopicPartition } from '../../protocol/types.ts'

/** "orders-3", as Kafka writes it: the key of what is answered by partition. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/** The items by topic, both in their order. */
export function byTopic<Item extends { readonly topic: string }>(items: Iterable<Item>): Map<string, Item[]> {
  const topics = new Map<string, Item[]>()
  for (const item of items) {
    const known = topics.get(item.topic)
    if (known === undefined) topics.set(item.topic, [item])
    else known.push(item)
  }
  return topics
}

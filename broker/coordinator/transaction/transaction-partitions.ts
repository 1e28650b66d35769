// The partitions of a transaction, by topic, in the order in which they were added. Never changed, only replaced.

import type { TopicPartition } from '../../../protocol/types.ts'

export type TransactionPartitions = ReadonlyMap<string, ReadonlySet<number>>

export const noPartitions: TransactionPartitions = new Map()

export function partitionsOf(added: Iterable<TopicPartition>): TransactionPartitions {
  return withPartitions(noPartitions, added)
}

export function withPartitions(known: TransactionPartitions, added: Iterable<TopicPartition>): TransactionPartitions {
  const all = new Map<string, Set<number>>([...known].map(([topic, indexes]) => [topic, new Set(indexes)]))
  for (const { topic, partition } of added) {
    const indexes = all.get(topic)
    if (indexes === undefined) all.set(topic, new Set([partition]))
    else indexes.add(partition)
  }
  return all
}

export const hasPartition = (known: TransactionPartitions, { topic, partition }: TopicPartition): boolean =>
  known.get(topic)?.has(partition) === true

export function* listPartitions(known: TransactionPartitions): Generator<TopicPartition> {
  for (const [topic, indexes] of known) for (const partition of indexes) yield { topic, partition }
}

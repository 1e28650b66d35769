// One object for each partition of the topics being assigned, so that maps and sets can be keyed by it.

import type { TopicPartition } from '../../../protocol/types.ts'
import type { AssignableTopics } from '../assignor.ts'

export class PartitionTable {
  readonly #byTopic: ReadonlyMap<string, readonly TopicPartition[]>

  constructor(topics: AssignableTopics) {
    const of = ([topic, { partitions }]: [string, { readonly partitions: number }]) =>
      [topic, Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))] as const
    this.#byTopic = new Map([...topics].map(of))
  }

  get topics(): string[] {
    return [...this.#byTopic.keys()]
  }

  get count(): number {
    let sum = 0
    for (const partitions of this.#byTopic.values()) sum += partitions.length
    return sum
  }

  of(topic: string): readonly TopicPartition[] {
    return this.#byTopic.get(topic) ?? []
  }

  /** Undefined when there is no such partition: its topic was deleted, or made anew with fewer. */
  find({ topic, partition }: TopicPartition): TopicPartition | undefined {
    return this.#byTopic.get(topic)?.[partition]
  }
}

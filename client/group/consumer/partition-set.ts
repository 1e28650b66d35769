// Partitions by topic id, as the consumer protocol names them.

import type { Uuid } from '../../../protocol/wire/uuid.ts'

export interface IdPartition {
  readonly topicId: Uuid
  readonly partition: number
}

type Topics = readonly { readonly topicId: Uuid; readonly partitions: readonly number[] }[]

export class PartitionSet {
  readonly #byKey: ReadonlyMap<string, IdPartition>

  constructor(partitions: Iterable<IdPartition> = []) {
    this.#byKey = new Map([...partitions].map(partition => [keyOf(partition), partition]))
  }

  static of(topics: Topics): PartitionSet {
    return new PartitionSet(
      topics.flatMap(({ topicId, partitions }) => partitions.map(p => ({ topicId, partition: p }))),
    )
  }

  get size(): number {
    return this.#byKey.size
  }

  has(partition: IdPartition): boolean {
    return this.#byKey.has(keyOf(partition))
  }

  get all(): IdPartition[] {
    return [...this.#byKey.values()]
  }

  without(others: PartitionSet): PartitionSet {
    return new PartitionSet(this.all.filter(partition => !others.has(partition)))
  }

  with(others: PartitionSet): PartitionSet {
    return new PartitionSet([...this.all, ...others.all])
  }

  equals(other: PartitionSet): boolean {
    return this.size === other.size && this.all.every(partition => other.has(partition))
  }

  /** As in requests. */
  get topics(): { topicId: Uuid; partitions: number[] }[] {
    const found = new Map<Uuid, number[]>()
    for (const { topicId, partition } of this.all) {
      const known = found.get(topicId)
      if (known === undefined) found.set(topicId, [partition])
      else known.push(partition)
    }
    return [...found].map(([topicId, partitions]) => ({ topicId, partitions: partitions.sort((a, b) => a - b) }))
  }
}

function keyOf({ topicId, partition }: IdPartition): string {
  return `${topicId}-${partition}`
}

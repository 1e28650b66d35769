// Who gave which partition to whom while an assignment is being balanced. When a partition is to go from A to B although
// another of the same topic went from B to A before, that one goes back instead: both stay where they were.
// Source: AbstractStickyAssignor.PartitionMovements, Kafka 4.3.0.

import type { TopicPartition } from '../../../protocol/types.ts'

interface Movement {
  readonly from: string
  readonly to: string
}

export class PartitionMovements {
  readonly #movements = new Map<TopicPartition, Movement>()
  /** By topic and by who gave to whom. */
  readonly #moved = new Map<string, Set<TopicPartition>>()

  /** The partition to move so that one of this topic leaves `from` for `to`. */
  toBeMoved(partition: TopicPartition, from: string, to: string): TopicPartition {
    const first = this.#movements.get(partition)?.from ?? from
    const [back] = this.#moved.get(key(partition.topic, { from: to, to: first })) ?? []
    return back ?? partition
  }

  note(partition: TopicPartition, from: string, to: string): void {
    const before = this.#movements.get(partition)
    if (before === undefined) {
      this.#add(partition, { from, to })
      return
    }
    this.#movements.delete(partition)
    this.#moved.get(key(partition.topic, before))!.delete(partition)
    // Back where it came from: as if nothing had happened.
    if (before.from !== to) this.#add(partition, { from: before.from, to })
  }

  #add(partition: TopicPartition, movement: Movement): void {
    this.#movements.set(partition, movement)
    const place = key(partition.topic, movement)
    const known = this.#moved.get(place)
    if (known === undefined) this.#moved.set(place, new Set([partition]))
    else known.add(partition)
  }
}

function key(topic: string, { from, to }: Movement): string {
  return JSON.stringify([topic, from, to])
}

// The target assignment of a member while an assignor works on it: what it had is copied only when something changes.

import type { Uuid } from '../../../../../protocol/wire/uuid.ts'
import type { Assignment } from '../assignment.ts'

export class Draft {
  readonly #before: Assignment
  #changed: Map<Uuid, Set<number>> | undefined

  constructor(before: Assignment) {
    this.#before = before
  }

  get assignment(): Assignment {
    return this.#changed ?? this.#before
  }

  add(topicId: Uuid, partition: number): void {
    const topics = this.#topics()
    const partitions = topics.get(topicId)
    if (partitions === undefined) topics.set(topicId, new Set([partition]))
    else partitions.add(partition)
  }

  remove(topicId: Uuid, partition: number): void {
    const topics = this.#topics()
    const partitions = topics.get(topicId)
    partitions?.delete(partition)
    if (partitions?.size === 0) topics.delete(topicId)
  }

  removeTopic(topicId: Uuid): void {
    this.#topics().delete(topicId)
  }

  #topics(): Map<Uuid, Set<number>> {
    this.#changed ??= new Map([...this.#before].map(([topicId, partitions]) => [topicId, new Set(partitions)]))
    return this.#changed
  }
}

// A generation of a group has one assignment: all of its members are answered from what one leader sent, and no partition
// has two owners. It holds over restarts, since a generation is stored before anybody is told its assignment.

import type { Violation } from './violation.ts'

export interface MemberAssignment {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  /** Chosen by the leader, different for each assignment that a leader makes. */
  readonly plan: string
  readonly partitions: readonly string[]
}

interface Generation {
  readonly plan: string
  readonly owners: Map<string, string>
}

export class OneAssignmentPerGeneration {
  readonly #generations = new Map<string, Generation>()

  /** A member was told its part. */
  see(assignment: MemberAssignment): Violation[] {
    const { groupId, generationId, memberId, plan, partitions } = assignment
    const place = `group ${groupId} generation ${generationId}`
    const generation = this.#generations.get(place) ?? { plan, owners: new Map() }
    this.#generations.set(place, generation)
    if (generation.plan !== plan) {
      const what = `${place}: ${memberId} is assigned by ${plan}, others by ${generation.plan}`
      return [{ name: 'generationAssignedTwice', what }]
    }
    return partitions.flatMap(partition => {
      const owner = generation.owners.get(partition) ?? memberId
      generation.owners.set(partition, memberId)
      if (owner === memberId) return []
      return [{ name: 'partitionOwnedTwice', what: `${place}: ${partition} belongs to ${owner} and to ${memberId}` }]
    })
  }

  /** A loss that the durability of the groups allows: generations may be counted again. */
  forget(): void {
    this.#generations.clear()
  }
}

// Where consumers and replicas are, for the sticky assignors; empty when looking at racks would change nothing.
// Source: AbstractStickyAssignor.RackInfo, Kafka 4.3.0; KIP-881.

import type { TopicPartition } from '../../../protocol/types.ts'
import type { AssignableTopics, AssignorMember } from '../assignor.ts'
import { rackOf, racksMatter } from '../rack-use.ts'
import type { PartitionTable } from './partition-table.ts'

export class RackInfo {
  /** Whether racks are looked at. */
  readonly isUsed: boolean
  readonly #rackOf = new Map<string, string>()
  readonly #replicaRacks = new Map<TopicPartition, ReadonlySet<string>>()
  readonly #consumersNear = new Map<TopicPartition, number>()

  constructor(topics: AssignableTopics, table: PartitionTable, members: readonly AssignorMember[]) {
    const consumersIn = new Map<string, number>()
    for (const member of members) {
      const rack = rackOf(member)
      if (rack === undefined) continue
      this.#rackOf.set(member.memberId, rack)
      consumersIn.set(rack, (consumersIn.get(rack) ?? 0) + 1)
    }
    if (consumersIn.size > 0) this.#lookAtReplicas(topics, table, consumersIn)
    this.isUsed = racksMatter(new Set(consumersIn.keys()), [...this.#replicaRacks.values()])
    if (this.isUsed) return
    this.#rackOf.clear()
    this.#replicaRacks.clear()
  }

  rackOf(memberId: string): string | undefined {
    return this.#rackOf.get(memberId)
  }

  hasReplicaIn(rack: string | undefined, partition: TopicPartition): boolean {
    return rack !== undefined && (this.#replicaRacks.get(partition)?.has(rack) ?? false)
  }

  /** The member is in a rack where the partition is not. */
  isMismatch(memberId: string, partition: TopicPartition): boolean {
    const rack = this.#rackOf.get(memberId)
    return rack !== undefined && !this.hasReplicaIn(rack, partition)
  }

  /** Those with the fewest consumers in their racks first: they are the hardest to place. */
  hardestFirst(partitions: readonly TopicPartition[]): TopicPartition[] {
    const near = (partition: TopicPartition) => this.#consumersNear.get(partition) ?? 0
    return [...partitions].sort((a, b) => near(a) - near(b))
  }

  /** From `start` on and round, the index of the first member in a rack of the partition; -1 when there is none. */
  nextNear(partition: TopicPartition, memberIds: readonly string[], start: number): number {
    for (let step = 0; step < memberIds.length; step += 1) {
      const index = (start + step) % memberIds.length
      if (this.hasReplicaIn(this.#rackOf.get(memberIds[index]!), partition)) return index
    }
    return -1
  }

  // The numbers of consumers nearby are kept, and sort partitions, even when racks turn out not to matter; so it is in Java.
  #lookAtReplicas(topics: AssignableTopics, table: PartitionTable, consumersIn: ReadonlyMap<string, number>): void {
    for (const [topic, { replicaRacks }] of topics) {
      for (const partition of table.of(topic)) {
        const racks = new Set(replicaRacks?.[partition.partition])
        this.#replicaRacks.set(partition, racks)
        const near = [...racks].reduce((sum, rack) => sum + (consumersIn.get(rack) ?? 0), 0)
        this.#consumersNear.set(partition, near)
      }
    }
  }
}

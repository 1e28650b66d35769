// Who owned what before, as the members themselves say, made consistent: a partition that two members claim belongs to the one
// of the newer generation, and to nobody when both say the same one (somebody missed a rebalance, and either may be right).
// Source: AbstractStickyAssignor.allSubscriptionsEqual, Kafka 4.3.0; KAFKA-12984, KAFKA-13406.

import type { TopicPartition } from '../../../protocol/types.ts'
import type { AssignorMember } from '../assignor.ts'
import type { PartitionTable } from './partition-table.ts'

/** Of a member that does not say in which generation it owned what it says. */
export const unknownGeneration = -1

/** What a member says it owns. */
export interface Claim {
  readonly partitions: readonly TopicPartition[]
  /** Undefined when it does not say. */
  readonly generationId: number | undefined
}

export interface OwnedPartitions {
  /** By member id, of every member. Not those that do not exist any more. */
  readonly byMember: Map<string, TopicPartition[]>
  /** Those that were claimed more than once in one generation. */
  readonly disputed: ReadonlySet<TopicPartition>
  readonly claims: ReadonlyMap<string, Claim>
  /** The newest generation that anybody names. */
  readonly generationMax: number
}

export function ownedPartitions(
  table: PartitionTable,
  members: readonly AssignorMember[],
  claimOf: (member: AssignorMember) => Claim,
): OwnedPartitions {
  const claims = new Map(members.map(member => [member.memberId, claimOf(member)]))
  const owners = new Map<TopicPartition, AssignorMember>()
  const byMember = new Map<string, Set<TopicPartition>>()
  const disputed = new Set<TopicPartition>()
  for (const member of members) {
    const owned = new Set<TopicPartition>()
    byMember.set(member.memberId, owned)
    const { partitions, generationId = unknownGeneration } = claims.get(member.memberId)!
    for (const claimed of partitions) {
      const partition = table.find(claimed)
      if (partition === undefined) continue
      const other = owners.get(partition)
      // Java compares with what the other's subscription says, also where the claim comes from its user data.
      const otherGeneration = other?.subscription.generationId ?? Number.NEGATIVE_INFINITY
      if (generationId < otherGeneration) continue
      if (other !== undefined) byMember.get(other.memberId)!.delete(partition)
      if (generationId === otherGeneration) disputed.add(partition)
      else owned.add(partition)
      owners.set(partition, member)
    }
  }
  const generations = [...claims.values()].map(({ generationId = unknownGeneration }) => generationId)
  return {
    byMember: new Map([...byMember].map(([memberId, partitions]) => [memberId, [...partitions]])),
    disputed,
    claims,
    generationMax: Math.max(unknownGeneration, ...generations),
  }
}

/** Whether all members subscribe to the same topics, those included that do not exist. */
export function subscriptionsAreEqual(members: readonly AssignorMember[]): boolean {
  // An empty subscription in front does not count, in Java as here: what equal ones are compared with is the first that is not.
  let first = new Set<string>()
  for (const { subscription } of members) {
    if (first.size === 0) first = new Set(subscription.topics)
    else if (subscription.topics.length !== first.size || !subscription.topics.every(topic => first.has(topic)))
      return false
  }
  return true
}

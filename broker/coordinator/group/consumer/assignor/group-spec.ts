// What an assignor is told of a group, and what it answers. An assignor is a pure function of this; it is told the target
// assignment that holds now, so that it can leave partitions where they are.
// Source: Kafka 4.3.0's GroupSpec, SubscribedTopicDescriber, PartitionAssignor.

import type { Uuid } from '../../../../../protocol/wire/uuid.ts'
import type { Assignment } from '../assignment.ts'

/** Homogeneous: all members have subscribed to the same topics. */
export type SubscriptionType = 'homogeneous' | 'heterogeneous'

export interface MemberSpec {
  readonly instanceId: string | null
  readonly rackId: string | null
  /** Topics that exist. */
  readonly topicIds: ReadonlySet<Uuid>
  /** Its target until now. */
  readonly assignment: Assignment
}

export interface GroupSpec {
  readonly members: ReadonlyMap<string, MemberSpec>
  readonly subscriptionType: SubscriptionType
  /** Whether the target until now gives the partition to a member, be it one that has left. */
  isAssigned(topicId: Uuid, partition: number): boolean
  /** Undefined: there is no such topic. */
  partitionCount(topicId: Uuid): number | undefined
}

export interface Assignor {
  readonly name: string
  /** The new target of each member; one that is not in it gets nothing. Throws AssignorError. */
  assign(group: GroupSpec): ReadonlyMap<string, Assignment>
}

/** The assignor cannot make an assignment of what it was told. */
export class AssignorError extends Error {
  readonly code = 'ASSIGNMENT_FAILED'
}

/** How many partitions a subscribed topic has. */
export function countPartitions(group: GroupSpec, topicId: Uuid): number {
  const count = group.partitionCount(topicId)
  if (count === undefined) throw new AssignorError(`members have subscribed to topic ${topicId}, which does not exist`)
  return count
}

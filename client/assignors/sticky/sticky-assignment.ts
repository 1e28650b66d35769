// What sticky and cooperative-sticky have in common. Source: AbstractStickyAssignor.assignPartitions, Kafka 4.3.0; KIP-54.

import type { TopicPartition } from '../../../protocol/types.ts'
import { type AssignableTopics, type AssignorMember, type GroupAssignment, subscribedTopics } from '../assignor.ts'
import { AnySubscriptions } from './any-subscriptions.ts'
import { EqualSubscriptions } from './equal-subscriptions.ts'
import { type Claim, ownedPartitions, subscriptionsAreEqual } from './owned-partitions.ts'
import { PartitionTable } from './partition-table.ts'
import { RackInfo } from './rack-info.ts'

export interface StickyAssignment {
  readonly assignment: GroupAssignment
  /** Partitions that change hands and to whom they go; undefined when it was not kept track of. */
  readonly moving: ReadonlyMap<TopicPartition, string> | undefined
}

export function stickyAssignment(
  topics: AssignableTopics,
  members: readonly AssignorMember[],
  claimOf: (member: AssignorMember) => Claim,
): StickyAssignment {
  const wanted = subscribedTopics(topics, members)
  const table = new PartitionTable(wanted)
  const owned = ownedPartitions(table, members, claimOf)
  const racks = new RackInfo(wanted, table, members)
  if (members.length === 0) return { assignment: new Map(), moving: new Map() }
  if (subscriptionsAreEqual(members)) {
    const builder = new EqualSubscriptions(table, racks, owned)
    builder.assign()
    return { assignment: builder.assignment, moving: builder.moving }
  }
  const builder = new AnySubscriptions(table, racks, members, owned)
  builder.assign()
  return { assignment: builder.assignment, moving: undefined }
}

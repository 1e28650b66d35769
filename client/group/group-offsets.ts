// Offsets of a group for a consumer that assigns partitions by itself, and is no member of it.

import type { Cluster } from '../cluster/cluster.ts'
import { GroupCoordinator } from './group-coordinator.ts'
import type { GroupOffsets } from './group-membership.ts'
import { nobody } from './offsets/committer.ts'
import { OffsetCalls } from './offsets/offset-calls.ts'

/** Commits are refused with UNKNOWN_MEMBER_ID while the group has members. */
export function offsetsWithoutMembership(cluster: Cluster, groupId: string): GroupOffsets {
  return new OffsetCalls(cluster, new GroupCoordinator(cluster, groupId), nobody)
}

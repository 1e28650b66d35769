// In which order range and round robin go through members: static ones first, by instance id, then the others by member id, so
// that a static member keeps its place over restarts. Source: AbstractPartitionAssignor.MemberInfo, Kafka 4.3.0.

import type { AssignorMember } from './assignor.ts'

export function byInstanceOrMemberId(a: AssignorMember, b: AssignorMember): number {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) return compare(a.groupInstanceId, b.groupInstanceId)
  if (a.groupInstanceId !== null) return -1
  if (b.groupInstanceId !== null) return 1
  return compare(a.memberId, b.memberId)
}

/** By UTF-16 code units, as Java's String.compareTo. */
export function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

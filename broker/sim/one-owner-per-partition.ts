// A partition has one reader in a group: of the members that the group has, no two hold the same partition at any moment,
// whatever protocol they speak. Whom the group does not have any more may not know it yet, and does not count.

import type { Violation } from './violation.ts'

/** What a member believes that it may read. */
export interface PartitionClaim {
  readonly memberId: string
  readonly partitions: Iterable<string>
}

/** `members`: the ids that the group has, as of its last commit. */
export function oneOwnerPerPartition(
  groupId: string,
  members: ReadonlySet<string>,
  claims: Iterable<PartitionClaim>,
): Violation[] {
  const owners = new Map<string, string>()
  const violations: Violation[] = []
  for (const { memberId, partitions } of claims) {
    if (!members.has(memberId)) continue
    for (const partition of partitions) {
      const owner = owners.get(partition)
      owners.set(partition, memberId)
      if (owner === undefined) continue
      const what = `group ${groupId}: ${partition} is with ${owner} and with ${memberId}`
      violations.push({ name: 'partitionWithTwoOwners', what })
    }
  }
  return violations
}

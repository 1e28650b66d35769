// How many groups there are, in which state, and how many members they have; for the metrics.

import { committedStateOf } from './group.ts'
import type { GroupState } from './group-state.ts'

export interface GroupCounts {
  /** By state, as ListGroups names it: Empty, Stable, Reconciling, PreparingRebalance and so on. */
  readonly groups: ReadonlyMap<string, number>
  readonly members: number
}

/** As of the last commit; of one partition of __consumer_offsets. */
export function countGroups(state: GroupState): GroupCounts {
  const groups = new Map<string, number>()
  let members = 0
  for (const [, group] of state.groups.committedEntries()) {
    const name = committedStateOf(group)
    groups.set(name, (groups.get(name) ?? 0) + 1)
    members += group.members.size
  }
  return { groups, members }
}

export function addGroupCounts(counts: readonly GroupCounts[]): GroupCounts {
  const groups = new Map<string, number>()
  for (const each of counts) {
    for (const [state, count] of each.groups) groups.set(state, (groups.get(state) ?? 0) + count)
  }
  return { groups, members: counts.reduce((sum, each) => sum + each.members, 0) }
}

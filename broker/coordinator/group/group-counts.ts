// How many groups there are, of which protocol and in which state, how many members and offsets they have; for the metrics.

import { committedStateOf } from './group.ts'
import type { GroupState } from './group-state.ts'

export interface GroupsInState {
  /** As ListGroups names them: classic, consumer, share, streams. */
  readonly protocol: string
  /** Empty, Stable, Reconciling, PreparingRebalance and so on. */
  readonly state: string
  readonly count: number
}

export interface GroupCounts {
  readonly groups: readonly GroupsInState[]
  readonly members: number
  readonly offsets: number
}

/** Groups as of the last commit; of one partition of __consumer_offsets. */
export function countGroups(state: GroupState): GroupCounts {
  const groups: GroupsInState[] = []
  let members = 0
  for (const [, group] of state.groups.committedEntries()) {
    groups.push({ protocol: group.type, state: committedStateOf(group), count: 1 })
    members += group.members.size
  }
  return { groups: summed(groups), members, offsets: state.offsets.count }
}

export function addGroupCounts(counts: readonly GroupCounts[]): GroupCounts {
  return {
    groups: summed(counts.flatMap(({ groups }) => groups)),
    members: counts.reduce((sum, each) => sum + each.members, 0),
    offsets: counts.reduce((sum, each) => sum + each.offsets, 0),
  }
}

/** One entry for each protocol and state that there are. */
function summed(groups: readonly GroupsInState[]): GroupsInState[] {
  const byPlace = new Map<string, GroupsInState>()
  for (const each of groups) {
    const place = `${each.protocol} ${each.state}`
    byPlace.set(place, { ...each, count: each.count + (byPlace.get(place)?.count ?? 0) })
  }
  return [...byPlace.values()]
}

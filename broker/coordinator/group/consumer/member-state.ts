// How far a member is on its way to its target assignment. Source: Kafka 4.3.0's MemberState and CurrentAssignmentBuilder.
//
// Stable: it has its target, as of its epoch. UnrevokedPartitions: it has been told to give partitions up, keeps its epoch until
// it no longer reports them, and has the rebalance timeout for that. UnreleasedPartitions: it is at the target's epoch and has
// all of it but partitions that others still hold.

export const memberTransitions = {
  Stable: ['Stable', 'UnrevokedPartitions', 'UnreleasedPartitions'],
  UnrevokedPartitions: ['UnrevokedPartitions', 'Stable', 'UnreleasedPartitions'],
  UnreleasedPartitions: ['UnreleasedPartitions', 'Stable', 'UnrevokedPartitions'],
  // Written by a newer version: the member must give everything up and begin anew.
  Unknown: ['Stable', 'UnreleasedPartitions'],
} as const satisfies Record<string, readonly string[]>

export type MemberState = keyof typeof memberTransitions

const storedValues = { Stable: 0, UnrevokedPartitions: 1, UnreleasedPartitions: 2, Unknown: 127 } as const

export function storedMemberState(state: MemberState): number {
  return storedValues[state]
}

export function memberStateOf(stored: number): MemberState {
  const known = Object.entries(storedValues).find(([, value]) => value === stored)
  return known === undefined ? 'Unknown' : (known[0] as MemberState)
}

// The states of a classic group, and which may follow which. Source: Kafka 4.3.0's ClassicGroupState.
//
// Empty: no members; offsets may remain. PreparingRebalance: members are (re)joining. CompletingRebalance: all have joined, the
// leader's assignment is awaited. Stable: everybody has, or can fetch, its assignment. Dead: this coordinator lets go of it.

export const classicTransitions = {
  Empty: ['PreparingRebalance', 'Dead'],
  PreparingRebalance: ['Empty', 'CompletingRebalance', 'Dead'],
  CompletingRebalance: ['PreparingRebalance', 'Stable', 'Dead'],
  Stable: ['PreparingRebalance', 'Dead'],
  Dead: ['Dead'],
} as const satisfies Record<string, readonly string[]>

export type ClassicState = keyof typeof classicTransitions

export const classicStates = Object.keys(classicTransitions) as ClassicState[]

export function mayFollow(from: ClassicState, to: ClassicState): boolean {
  return (classicTransitions[from] as readonly ClassicState[]).includes(to)
}

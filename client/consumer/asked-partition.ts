// A partition as it was asked for, by which its answer is told from one that something has overtaken: a seek, a reset, another
// broker's answer.

import type { PartitionState } from './partition-state.ts'

export interface AskedPartition {
  readonly key: string
  readonly state: PartitionState
  readonly generation: number
  readonly fetchOffset: number
}

export function keyOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`
}

export function asAsked(state: PartitionState): AskedPartition {
  return { key: keyOf(state), state, generation: state.generation, fetchOffset: state.fetchOffset }
}

/** Whether the partition is still where it was when it was asked for. */
export function isStillThere({ state, generation, fetchOffset }: AskedPartition): boolean {
  return state.isFetchable && state.generation === generation && state.fetchOffset === fetchOffset
}

/** As answers name a partition: by its topic's name up to version 12, by its id since. */
export function askedByKey(asked: readonly AskedPartition[]): Map<string, AskedPartition> {
  const byName = asked.map(each => [each.key, each] as const)
  const byId = asked.map(each => [`${each.state.topicId}-${each.state.partition}`, each] as const)
  return new Map([...byId, ...byName])
}

// Which partitions somebody has: by topic id, and, for what a member holds, since which epoch.

import type { Uuid } from '../../../../protocol/wire/uuid.ts'

/** Partitions by topic. A topic without partitions is not in it. */
export type Assignment = ReadonlyMap<Uuid, ReadonlySet<number>>

/** By topic: the epoch in which each partition was assigned to the member that has it. */
export type EpochAssignment = ReadonlyMap<Uuid, ReadonlyMap<number, number>>

export const noPartitions: Assignment = new Map()
export const noEpochs: EpochAssignment = new Map()

/** How topics and partitions stand in requests and records. */
export interface TopicPartitions {
  readonly topicId: Uuid
  readonly partitions: readonly number[]
}

export function sameAssignment(one: Assignment, other: Assignment): boolean {
  if (one.size !== other.size) return false
  for (const [topicId, partitions] of one) {
    const others = other.get(topicId)
    if (others?.size !== partitions.size) return false
    for (const partition of partitions) if (!others.has(partition)) return false
  }
  return true
}

export function sameEpochAssignment(one: EpochAssignment, other: EpochAssignment): boolean {
  if (one === other) return true
  if (one.size !== other.size) return false
  for (const [topicId, epochs] of one) {
    const others = other.get(topicId)
    if (others?.size !== epochs.size) return false
    for (const [partition, epoch] of epochs) if (others.get(partition) !== epoch) return false
  }
  return true
}

export function assignmentOf(topics: Iterable<TopicPartitions>): Assignment {
  const assignment = new Map<Uuid, ReadonlySet<number>>()
  for (const { topicId, partitions } of topics) assignment.set(topicId, new Set(partitions))
  return assignment
}

export function topicPartitionsOf(assignment: Assignment | EpochAssignment) {
  return [...assignment].map(([topicId, partitions]) => ({ topicId, partitions: [...partitions.keys()] }))
}

/** All partitions with the same epoch. */
export function withEpoch(assignment: Assignment | EpochAssignment, epoch: number): EpochAssignment {
  const result = new Map<Uuid, ReadonlyMap<number, number>>()
  for (const [topicId, partitions] of assignment) {
    result.set(topicId, new Map([...partitions.keys()].map(partition => [partition, epoch])))
  }
  return result
}

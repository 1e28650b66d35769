// Which partitions of an internal topic this broker leads, told to their coordinator as the metadata changes.

import type { LeaderEpoch } from '../../../protocol/types.ts'
import type { MetadataDelta } from '../../metadata/metadata-delta.ts'
import type { PartitionImage } from '../../metadata/metadata-image.ts'

/** Who keeps its state in an internal topic. */
export interface LeadershipFollower {
  onLeadership(partition: number, leaderEpoch: LeaderEpoch): Promise<void>
  onResignation(partition: number): void
}

/**
 * Loads what this broker has begun to lead and lets go of what it leads no more. Partitions are replayed in the background:
 * until then their keys are answered COORDINATOR_LOAD_IN_PROGRESS. Call it once the partitions themselves have followed the delta.
 */
export function followLeadership(
  coordinator: LeadershipFollower,
  internalTopic: string,
  brokerId: number,
  delta: Pick<MetadataDelta, 'changedPartitions' | 'deletedTopics'>,
): void {
  for (const { name, partitions } of delta.deletedTopics) {
    if (name === internalTopic) for (const { index } of partitions) coordinator.onResignation(index)
  }
  for (const { topic, partition, before } of delta.changedPartitions) {
    if (topic.name !== internalTopic || isSameLeadership(partition, before)) continue
    if (partition.leader === brokerId) void coordinator.onLeadership(partition.index, partition.leaderEpoch)
    else if (before?.leader === brokerId) coordinator.onResignation(partition.index)
  }
}

function isSameLeadership(partition: PartitionImage, before: PartitionImage | undefined): boolean {
  return before?.leader === partition.leader && before.leaderEpoch === partition.leaderEpoch
}

// Which partitions of __consumer_offsets this broker leads, told to the group coordinator as the metadata changes.

import type { MetadataDelta } from '../../metadata/metadata-delta.ts'
import type { PartitionImage } from '../../metadata/metadata-image.ts'
import type { GroupCoordinator } from './group-coordinator.ts'

const offsetsTopic = '__consumer_offsets'

/**
 * Loads what this broker has begun to lead and lets go of what it leads no more. Partitions are replayed in the background:
 * until then their groups answer COORDINATOR_LOAD_IN_PROGRESS. Call it once the partitions themselves have followed the delta.
 */
export function followLeadership(
  groups: Pick<GroupCoordinator, 'onLeadership' | 'onResignation'>,
  brokerId: number,
  delta: Pick<MetadataDelta, 'changedPartitions' | 'deletedTopics'>,
): void {
  for (const { name, partitions } of delta.deletedTopics) {
    if (name === offsetsTopic) for (const { index } of partitions) groups.onResignation(index)
  }
  for (const { topic, partition, before } of delta.changedPartitions) {
    if (topic.name !== offsetsTopic || isSameLeadership(partition, before)) continue
    if (partition.leader === brokerId) void groups.onLeadership(partition.index, partition.leaderEpoch)
    else if (before?.leader === brokerId) groups.onResignation(partition.index)
  }
}

function isSameLeadership(partition: PartitionImage, before: PartitionImage | undefined): boolean {
  return before?.leader === partition.leader && before.leaderEpoch === partition.leaderEpoch
}

// In which log directory the metadata has a replica.

import type { Uuid } from '../../protocol/wire/uuid.ts'
import { lostDirectory } from './controller/brokers.ts'
import { migratingDirectory, unassignedDirectory } from './image/topics-state.ts'
import type { MetadataImage } from './metadata-image.ts'

const nowhere: ReadonlySet<Uuid> = new Set([lostDirectory, migratingDirectory, unassignedDirectory])

/** The id of the directory; undefined: the broker has no replica of it, or in no directory that the metadata knows. */
export function replicaDirectory(
  image: MetadataImage,
  topic: string,
  index: number,
  brokerId: number,
): Uuid | undefined {
  const partition = image.topicByName(topic)?.partitions[index]
  const directory = partition?.directories[partition.replicas.indexOf(brokerId)]
  return directory === undefined || nowhere.has(directory) ? undefined : directory
}

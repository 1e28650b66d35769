// What the controller knows of brokers when it places replicas and elects leaders.
// Source: org.apache.kafka.controller.ClusterControlManager, Kafka 4.3.0.

import type { Uuid } from '../../../protocol/wire/uuid.ts'
import { migratingDirectory, unassignedDirectory } from '../image/topics-state.ts'
import type { MetadataImage } from '../metadata-image.ts'

/** Kafka's DirectoryId.LOST: the directory is gone. */
export const lostDirectory: Uuid = 'AAAAAAAAAAAAAAAAAAAAAg'

/** A broker that serves: registered, neither fenced nor about to stop. */
export function isActive(image: MetadataImage, brokerId: number): boolean {
  const broker = image.brokers.get(brokerId)
  return broker !== undefined && !broker.fenced && !broker.inControlledShutdown
}

/** The directory for a new replica: the only one, or one the broker chooses. */
export function defaultDirectory(image: MetadataImage, brokerId: number): Uuid {
  const directories = image.brokers.get(brokerId)?.directories
  if (!directories) return unassignedDirectory
  if (directories.length === 0) return migratingDirectory
  return directories.length === 1 ? directories[0]! : unassignedDirectory
}

/** Whether the broker has the directory online; one that is not decided yet counts as online. */
export function hasOnlineDirectory(image: MetadataImage, brokerId: number, directory: Uuid | undefined): boolean {
  const broker = image.brokers.get(brokerId)
  if (!broker) return false
  if (broker.directories.length === 0 || directory === undefined) return true
  if (directory === unassignedDirectory || directory === migratingDirectory) return true
  return directory !== lostDirectory && broker.directories.includes(directory)
}

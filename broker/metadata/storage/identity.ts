// Which cluster and node the directories belong to. Fresh directories join those that are formatted; when all are fresh, a new
// cluster begins. Source: org.apache.kafka.metadata.properties.MetaPropertiesEnsemble, Kafka 4.3.0.

import type { Random } from '../../../io/random.ts'
import { type Uuid, uuidOf } from '../../../protocol/wire/uuid.ts'
import type { MetaProperties } from '../../log/meta-properties.ts'

/** The directories are not those of this node, or of no one cluster. */
export class StorageIdentityError extends Error {
  readonly code = 'STORAGE_IDENTITY'
}

export interface Identity {
  readonly clusterId: string
  /** Whether no directory was formatted yet. */
  readonly isNew: boolean
}

/** Throws StorageIdentityError when the directories contradict each other or the settings. */
export function identify(
  directories: ReadonlyMap<string, MetaProperties | undefined>,
  nodeId: number,
  random: Random,
): Identity {
  let clusterId: string | undefined
  for (const [path, properties] of directories) {
    if (!properties) continue
    if (properties.nodeId !== nodeId) {
      throw new StorageIdentityError(
        `${path} belongs to node ${properties.nodeId}, but node.id is ${nodeId}: set node.id=${properties.nodeId}, or point log.dirs elsewhere`,
      )
    }
    if (clusterId !== undefined && properties.clusterId !== clusterId) {
      throw new StorageIdentityError(
        `${path} belongs to cluster ${properties.clusterId}, the directories before it to cluster ${clusterId}: log.dirs must name directories of one cluster`,
      )
    }
    clusterId = properties.clusterId
  }
  return clusterId === undefined ? { clusterId: randomUuid(random), isNew: true } : { clusterId, isNew: false }
}

/** A random id (version 4), as Kafka makes them: not one that is reserved, and none that begins with a dash. */
export function randomUuid(random: Random): Uuid {
  for (;;) {
    const bytes = random.bytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const uuid = uuidOf(bytes)
    // A dash in front would be taken for an option on a command line.
    if (!uuid.startsWith('-')) return uuid
  }
}

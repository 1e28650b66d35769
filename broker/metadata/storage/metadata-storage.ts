// What the metadata needs of the log directories: their identity, and the log __cluster_metadata-0. A LogManager has it.

import type { Uuid } from '../../../protocol/wire/uuid.ts'
import type { LogConfig } from '../../config/log-config.ts'
import type { LogManager } from '../../log/log-manager.ts'
import type { MetaProperties } from '../../log/meta-properties.ts'
import type { MetadataLog } from './metadata-log.ts'
import { PartitionMetadataLog } from './partition-metadata-log.ts'

export interface StorageDirectory {
  readonly path: string
  /** Undefined until it is formatted. */
  readonly directoryId: Uuid | undefined
  readonly isOnline: boolean
}

export interface MetadataStorage {
  readonly directories: readonly StorageDirectory[]
  /** Of each online directory, by path; undefined: not formatted. */
  readonly metaProperties: ReadonlyMap<string, MetaProperties | undefined>
  /** Gives identity to the directories that have none. */
  format(identity: { clusterId: string; nodeId: number }): Promise<void>
  /** The log, and the directory of its segments and snapshots. */
  openLog(config: LogConfig): Promise<{ readonly log: MetadataLog; readonly directory: string }>
}

/** The log directories of a broker, which have been opened and of which nothing has been loaded yet. */
export function storageOf(logs: LogManager): MetadataStorage {
  return {
    get directories() {
      return logs.directories
    },
    get metaProperties() {
      return logs.metaProperties
    },
    format: identity => logs.format(identity),
    async openLog(config) {
      const log = await logs.openMetadataLog(config)
      return { log: new PartitionMetadataLog(log), directory: log.directory }
    },
  }
}

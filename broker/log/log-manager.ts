// All log directories of a broker: their lock, identity and health, the logs in them, checkpoints, retention, deletion.
// Source: Kafka 4.3.0's LogManager.

import type { DiskError } from '../../io/disk.ts'
import type { World } from '../../io/world.ts'
import type { Offset, TopicPartition } from '../../protocol/types.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { MetaProperties } from './meta-properties.ts'
import type { PartitionLog } from './partition-log.ts'

export interface LogManagerOptions {
  readonly world: World
  readonly config: BrokerConfig
  /** A directory went offline: its partitions are gone from `get` and `all`. */
  readonly onDirectoryFailed?: (directory: LogDirectoryInfo, error: DiskError) => void
  /** The last directory, or the one with the metadata log, failed: the broker must stop without answering anything more. */
  readonly onFatal?: (error: DiskError) => void
}

export interface LogDirectoryInfo {
  readonly path: string
  /** Undefined until the directory is formatted. */
  readonly directoryId: Uuid | undefined
  readonly isOnline: boolean
  /** No space: appends are refused until there is some again. */
  readonly isFull: boolean
}

export interface LoadOptions {
  /** The configuration of a topic as the metadata image has it. */
  readonly configOf: (topic: string) => LogConfig
  /** A log that the metadata does not know: it is renamed to *-stray and left alone. */
  readonly isStray?: (topic: string, partition: number, topicId: Uuid | undefined) => boolean
}

/** What DescribeLogDirs tells of one directory. */
export interface DirectoryDescription extends LogDirectoryInfo {
  readonly totalBytes: number
  readonly usableBytes: number
  readonly logs: readonly (TopicPartition & { readonly sizeBytes: number })[]
}

export declare class LogManager {
  /** Creates and locks the directories, reads their meta.properties. Loads no logs yet. Throws LogDirectoryError. */
  static open(options: LogManagerOptions): Promise<LogManager>

  readonly directories: readonly LogDirectoryInfo[]
  /** Of each online directory, by path; undefined: not formatted. */
  readonly metaProperties: ReadonlyMap<string, MetaProperties | undefined>
  /** Writes meta.properties, with a fresh directory id, where it is missing. */
  format(identity: { clusterId: string; nodeId: number }): Promise<void>
  /** The broker epoch of a clean stop, when all directories agree on it (-1 otherwise). */
  readonly previousBrokerEpoch: number
  /** Written into .kafka_cleanshutdown. */
  setBrokerEpoch(epoch: number): void

  /** Opens __cluster_metadata-0 in metadata.log.dir; recovered from its start, as Kafka does. It is not among `all()`. */
  openMetadataLog(config: LogConfig): Promise<PartitionLog>
  /** Loads all logs, recovering those of directories that were not cleanly closed. Progress is logged. */
  load(options: LoadOptions): Promise<void>

  get(topic: string, partition: number): PartitionLog | undefined
  all(): Iterable<PartitionLog>
  /** In the directory with the given id, otherwise in the one with the fewest logs. */
  create(
    topic: string,
    partition: number,
    topicId: Uuid | undefined,
    config: LogConfig,
    directoryId?: Uuid,
  ): Promise<PartitionLog>
  /** Renamed to *-delete at once, removed after file.delete.delay.ms. */
  delete(topic: string, partition: number): Promise<void>
  updateConfig(topic: string, config: LogConfig): void
  directoryIdOf(topic: string, partition: number): Uuid | undefined
  describe(): Promise<DirectoryDescription[]>

  checkpointedHighWatermark(topic: string, partition: number): Offset | undefined
  setHighWatermarks(source: () => Iterable<readonly [TopicPartition, Offset]>): void
  /** Flush, producer snapshots, checkpoints, .kafka_cleanshutdown, unlock. */
  close(): Promise<void>
}

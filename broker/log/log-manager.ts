// All log directories of a broker: the logs in them, their checkpoints, retention, deletion, and what happens when one fails.
//
// Invariant: a log is in the table from the moment it can be used to the moment its directory fails or it is deleted; a
// directory is marked as closed in good order only when every log in it was.
// Moving logs between directories: move/.
// Source: Kafka 4.3.0's LogManager.

import { DiskError } from '../../io/disk.ts'
import type { World } from '../../io/world.ts'
import type { Offset, TopicPartition } from '../../protocol/types.ts'
import { metadataTopicId, type Uuid } from '../../protocol/wire/uuid.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { LogConfig } from '../config/log-config.ts'
import { forEachAtOnce } from './at-once.ts'
import { writeCleanShutdown } from './clean-shutdown-file.ts'
import { type CleanerConfig, cleanerConfigOf } from './cleaner/cleaner-config.ts'
import { LogCleaner } from './cleaner/log-cleaner.ts'
import { IndexCache } from './index-cache.ts'
import { loadLogs, offsetIn, writeSummaries } from './load-logs.ts'
import { LogCare } from './log-care.ts'
import { LogCheck } from './log-check.ts'
import { formatDirectories, LogDirectoryError, type ManagedDirectory, openDirectories } from './log-directories.ts'
import type { LogDirectory } from './log-directory.ts'
import { LogTable } from './log-table.ts'
import type { MetaProperties } from './meta-properties.ts'
import { LogMoves } from './move/log-moves.ts'
import { moveConfigOf } from './move/move-config.ts'
import { OpenFiles, openFilesMaxFor } from './open-files.ts'
import { openPartitionLog } from './open-log.ts'
import type { PartitionLog } from './partition-log.ts'
import { Recompressor } from './recompressor.ts'
import { markedDirectoryName, partitionDirectoryName } from './segment-files.ts'
import { settleReplicas } from './settle-replicas.ts'

export { LogDirectoryError } from './log-directories.ts'

const metadataTopic = '__cluster_metadata'
/** Logs that are being closed at once, per directory. */
const closesAtOnceMax = 32

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
  /** Why it is not online. */
  readonly failure: DiskError | undefined
  /** As of the last look at it; -1: there was none. */
  readonly space: { readonly freeBytes: number; readonly totalBytes: number }
}

export interface LoadOptions {
  /** The configuration of a topic as the metadata image has it. */
  readonly configOf: (topic: string) => LogConfig
  /** A log that the metadata does not know: it is renamed to *-stray and left alone. */
  readonly isStray?: (topic: string, partition: number, topicId: Uuid | undefined) => boolean
  /** The directory in which the metadata has this broker's replica; undefined: in none that it knows. */
  readonly assignedDirectory?: (topic: string, partition: number) => Uuid | undefined
}

/** What DescribeLogDirs tells of one directory. */
export interface DirectoryDescription extends Omit<LogDirectoryInfo, 'failure' | 'space'> {
  /** -1: not known. */
  readonly totalBytes: number
  readonly usableBytes: number
  readonly logs: readonly DescribedLog[]
}

export interface DescribedLog extends TopicPartition {
  readonly sizeBytes: number
  readonly logEndOffset: Offset
  /** The copy of a log that moves here. */
  readonly isFuture: boolean
}

export class LogManager {
  readonly #options: LogManagerOptions
  readonly openFiles: OpenFiles
  readonly indexCache = new IndexCache()
  readonly #recompressor: Recompressor
  readonly #check = new LogCheck(() => this.allWithMetadata())
  readonly #onTooShort = (error: DiskError) => this.noteFailedSend(error)
  readonly #logs = new LogTable()
  readonly moves: LogMoves
  readonly #metadataPath: string
  readonly #removals = new Set<() => void>()
  #managed: readonly ManagedDirectory[] = []
  #metadataLog: PartitionLog | undefined
  #care: LogCare | undefined
  #cleaner: LogCleaner | undefined
  /** As it holds now. */
  #brokerConfig: BrokerConfig
  #cleanerConfig: CleanerConfig
  #highWatermarks: (() => Iterable<readonly [TopicPartition, Offset]>) | undefined
  #brokerEpoch = -1
  #isLoaded = false
  #isClosed = false

  private constructor(options: LogManagerOptions) {
    this.#options = options
    this.openFiles = new OpenFiles(openFilesMaxFor(options.world.disk.descriptorsMax))
    this.#recompressor = new Recompressor(options.world)
    this.#brokerConfig = options.config
    this.#cleanerConfig = cleanerConfigOf(options.config)
    this.#metadataPath = options.world.disk.resolve(options.config.metadataLogDir)
    this.moves = new LogMoves({
      world: options.world,
      config: moveConfigOf(options.config),
      logs: this.#logs,
      directories: () => this.#managed,
      open: ({ directory }, path, like) => {
        directory.disk.follow(path)
        return this.#openNew(directory, path, like)
      },
      forget: async (directory, topic, partition) => this.#care?.forget(directory, topic, partition),
      storeOffsets: async directory => this.#care?.storeOffsetsIn(directory),
      copyCleanerOffset: async (from, to) => this.#care?.copyCleanerOffset(from, to),
      removeLater: (log, path) => this.#removeLater(log.logDirectory, path, log.config.fileDeleteDelayMs),
    })
  }

  /** Creates and locks the directories, reads their meta.properties. Loads no logs yet. Throws LogDirectoryError, DiskError. */
  static async open(options: LogManagerOptions): Promise<LogManager> {
    const manager = new LogManager(options)
    const { world, config } = options
    manager.#managed = await openDirectories({
      world,
      paths: config.logDirs,
      metadataPath: config.metadataLogDir,
      minFreeBytes: config.logDirMinFreeBytes,
      onFailed: (directory, error) => manager.#onFailed(directory, error),
    })
    return manager
  }

  get directories(): readonly LogDirectoryInfo[] {
    return this.#managed.map(({ directory }) => directory)
  }

  /** Of each online directory, by path; undefined: not formatted. */
  get metaProperties(): ReadonlyMap<string, MetaProperties | undefined> {
    return new Map(this.#online().map(({ directory, metaProperties }) => [directory.path, metaProperties]))
  }

  /** Writes meta.properties, with a fresh directory id, where it is missing. */
  format(identity: { clusterId: string; nodeId: number }): Promise<void> {
    return formatDirectories(this.#managed, identity, this.#options.world)
  }

  /** The epoch of the broker that closed all directories in good order; -1 when none did, or they do not agree. */
  get previousBrokerEpoch(): number {
    const epochs = new Set(this.#managed.map(({ clean }) => clean?.brokerEpoch ?? -1))
    return epochs.size === 1 ? [...epochs][0]! : -1
  }

  /** Written into .kafka_cleanshutdown. */
  setBrokerEpoch(epoch: number): void {
    this.#brokerEpoch = epoch
  }

  #online(): ManagedDirectory[] {
    return this.#managed.filter(({ directory }) => directory.isOnline)
  }

  /**
   * Opens __cluster_metadata-0 in metadata.log.dir, recovered from its start as Kafka does. Its segments go only below a
   * snapshot (`deleteRecordsBefore`). It is not among `all()`, and is closed with the others unless its owner did so.
   */
  async openMetadataLog(config: LogConfig): Promise<PartitionLog> {
    const { directory } = this.#managed.find(managed => managed.directory.path === this.#metadataPath)!
    await directory.keepReserve()
    this.#metadataLog = await openPartitionLog({
      world: this.#options.world,
      directory,
      path: `${directory.path}/${partitionDirectoryName(metadataTopic, 0)}`,
      topic: metadataTopic,
      partition: 0,
      topicId: metadataTopicId,
      config: { ...config, retentionMs: -1, retentionBytes: -1, cleanupPolicy: { compact: false, delete: true } },
      openFiles: this.openFiles,
      indexCache: this.indexCache,
      onTooShort: this.#onTooShort,
      wasClean: false,
      producerExpirationMs: this.#producerExpirationMs,
      ignoresMinFreeBytes: true,
    })
    await directory.syncNames()
    return this.#metadataLog
  }

  get #producerExpirationMs(): number {
    return this.#brokerConfig.int('producer.id.expiration.ms')
  }

  /** Loads all logs, recovering those of directories that were not closed in good order, and begins to look after them. */
  async load(options: LoadOptions): Promise<void> {
    const { world, config } = this.#options
    const found = { current: [] as PartitionLog[], future: [] as PartitionLog[] }
    await Promise.all(this.#online().map(managed => this.#loadDirectory(managed, options, found)))
    await settleReplicas(found, {
      world,
      logs: this.#logs,
      assignedDirectory: options.assignedDirectory ?? (() => undefined),
      allOnline: this.#online().length === this.#managed.length,
      removeLater: (log, path) => this.#removeLater(log.logDirectory, path, log.config.fileDeleteDelayMs),
    })
    this.#isLoaded = true
    this.#care = new LogCare({
      world,
      config,
      online: () => this.#online(),
      logs: this.#logs,
      metadataLog: () => this.#metadataLog,
      producerExpirationMs: () => this.#producerExpirationMs,
      highWatermarks: () => this.#highWatermarks?.() ?? [],
    })
    const care = this.#care
    this.#cleaner = new LogCleaner({
      world,
      config: this.#cleanerConfig,
      logs: () => this.#logs.all(),
      cleanedUpTo: log => care.cleanerOffset(log),
      storeCleanedUpTo: (log, offset) => care.storeCleanerOffset(log, offset),
    })
  }

  /** Undefined until the logs are loaded. */
  get cleaner(): LogCleaner | undefined {
    return this.#cleaner
  }

  /** Broker settings were changed at run time. */
  updateBrokerConfig(config: BrokerConfig): void {
    this.#brokerConfig = config
    this.#cleanerConfig = cleanerConfigOf(config)
    this.#cleaner?.updateConfig(this.#cleanerConfig)
    this.moves.updateConfig(moveConfigOf(config))
  }

  async #loadDirectory(
    managed: ManagedDirectory,
    options: LoadOptions,
    found: Record<'current' | 'future', PartitionLog[]>,
  ): Promise<void> {
    try {
      await loadLogs(managed, {
        world: this.#options.world,
        openFiles: this.openFiles,
        indexCache: this.indexCache,
        recompressor: this.#recompressor,
        onTooShort: this.#onTooShort,
        producerExpirationMs: this.#producerExpirationMs,
        configOf: options.configOf,
        isStray: options.isStray,
        onLoaded: (log, kind) => found[kind].push(log),
        onDeleted: path => this.#removeLater(managed.directory, path, options.configOf('').fileDeleteDelayMs),
      })
    } catch (error) {
      if (error instanceof LogDirectoryError) throw error
      managed.directory.fail(error)
    }
  }

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#logs.get(topic, partition)
  }

  all(): Iterable<PartitionLog> {
    return this.#logs.all()
  }

  /** The same, the copies of those that move, and the metadata log. */
  *allWithMetadata(): Generator<PartitionLog> {
    if (this.#metadataLog !== undefined) yield this.#metadataLog
    yield* this.#logs.all()
    yield* this.#logs.futures()
  }

  /** Looks at the free space of each directory, for those who ask for `directories` later. */
  lookAtSpace(): void {
    for (const { directory } of this.#online()) void directory.checkSpace()
  }

  /** A range of a file could not be read and so not be sent: its log directory is checked (log-check.ts). */
  noteFailedSend(error: DiskError): void {
    void this.#check.noteFailedSend(error)
  }

  /**
   * A new log: in the directory that somebody asked for (`moves.alter`), in the one with the given id where there is one, or in
   * that with the fewest logs. Survives a loss of power. Rejects with a DiskError: DISK_FULL when there is no room, another one when the directory is offline.
   */
  async create(
    topic: string,
    partition: number,
    topicId: Uuid | undefined,
    config: LogConfig,
    directoryId?: Uuid,
  ): Promise<PartitionLog> {
    const existing = this.#logs.get(topic, partition)
    if (existing) return existing
    const preferred = this.moves.takePreferred(topic, partition)
    const asked = this.#online().find(managed => managed.directory.path === preferred)
    const { directory } = asked ?? this.#directoryFor(directoryId)
    const path = `${directory.path}/${partitionDirectoryName(topic, partition)}`
    const log = await this.#openNew(directory, path, { topic, partition, topicId, config })
    this.#logs.add(log)
    return log
  }

  async #openNew(
    directory: LogDirectory,
    path: string,
    { topic, partition, topicId, config }: Pick<PartitionLog, 'topic' | 'partition' | 'topicId' | 'config'>,
  ): Promise<PartitionLog> {
    const log = await directory.attempt(() =>
      openPartitionLog({
        world: this.#options.world,
        directory,
        path,
        topic,
        partition,
        ...(topicId === undefined ? {} : { topicId }),
        config,
        openFiles: this.openFiles,
        indexCache: this.indexCache,
        recompressor: this.#recompressor,
        onTooShort: this.#onTooShort,
        wasClean: false,
        producerExpirationMs: this.#producerExpirationMs,
      }),
    )
    await directory.syncNames()
    return log
  }

  #directoryFor(directoryId: Uuid | undefined): ManagedDirectory {
    const named = this.#managed.find(({ directory }) => directory.directoryId === directoryId)
    if (directoryId !== undefined && named) {
      if (named.directory.failure) throw named.directory.failure
      return named
    }
    // A log that may lie in a directory which cannot be looked into is not begun anew elsewhere: it would be served empty,
    // and be there twice once the directory is back. That directory's id is not known when its meta.properties is unreadable.
    const unseen = this.#managed.find(({ directory }) => !directory.isOnline)
    if (directoryId !== undefined && unseen) throw unseen.directory.failure!
    const online = this.#online()
    if (online.length === 0) throw this.#managed[0]!.directory.failure!
    const counts = online.map(({ directory }) => this.#logs.countIn(directory))
    return online[counts.indexOf(Math.min(...counts))]!
  }

  /** Renamed to *-delete at once, removed after file.delete.delay.ms. Nothing when there is no such log. */
  async delete(topic: string, partition: number): Promise<void> {
    const log = this.#logs.get(topic, partition)
    if (!log) return
    const { world } = this.#options
    const directory = log.logDirectory
    await this.moves.removeFuture(topic, partition)
    this.#logs.remove(log)
    await log.abandon()
    // What waits for space is not waited for.
    if (!directory.isFull) await this.moves.renamed(log)
    if (!directory.isOnline) return
    const marked = `${directory.path}/${markedDirectoryName(topic, partition, world.random.bytes(16), 'delete')}`
    await directory.insist(() => directory.disk.rename(log.openedAs, marked))
    world.logger.info({ topic, partition, directory: marked }, `${topic}-${partition} is deleted`)
    // Before a log of the same name can come.
    await this.#care?.forget(directory, topic, partition)
    this.#removeLater(directory, marked, log.config.fileDeleteDelayMs)
  }

  #removeLater(directory: LogDirectory, path: string, delayMs: number): void {
    const cancel = this.#options.world.clock.after(delayMs, () => {
      this.#removals.delete(cancel)
      directory.insist(() => directory.disk.remove(path)).catch(() => {})
    })
    this.#removals.add(cancel)
  }

  updateConfig(topic: string, config: LogConfig): void {
    for (const log of this.#logs.ofTopic(topic)) log.updateConfig(config)
  }

  directoryIdOf(topic: string, partition: number): Uuid | undefined {
    return this.#logs.get(topic, partition)?.logDirectory.directoryId
  }

  /** For DescribeLogDirs. */
  async describe(): Promise<DirectoryDescription[]> {
    return Promise.all(this.#managed.map(({ directory }) => this.#describe(directory)))
  }

  async #describe(directory: LogDirectory): Promise<DirectoryDescription> {
    const { path, directoryId, isOnline, isFull } = directory
    const unknown = { totalBytes: -1, freeBytes: -1 }
    const space = isOnline ? await directory.disk.space(path).catch(() => unknown) : unknown
    const logs = this.#logs.in(directory).map(log => {
      const { topic, partition, sizeBytes, logEndOffset } = log
      return { topic, partition, sizeBytes, logEndOffset, isFuture: this.#logs.isFuture(log) }
    })
    return { path, directoryId, isOnline, isFull, totalBytes: space.totalBytes, usableBytes: space.freeBytes, logs }
  }

  /** As the last broker left it; undefined when it said nothing. */
  checkpointedHighWatermark(topic: string, partition: number): Offset | undefined {
    const directory = this.#logs.get(topic, partition)?.logDirectory
    const managed = this.#managed.find(each => each.directory === directory)
    return managed && offsetIn(managed.checkpoints.highWatermarks, topic, partition)
  }

  /** Who knows the high watermarks, asked whenever they are written down. */
  setHighWatermarks(source: () => Iterable<readonly [TopicPartition, Offset]>): void {
    this.#highWatermarks = source
  }

  #onFailed(directory: LogDirectory, error: DiskError): void {
    if (this.#isClosed) return
    const { onFatal, onDirectoryFailed } = this.#options
    for (const log of this.#logs.in(directory)) {
      if (this.#logs.isFuture(log)) this.moves.noteFailed(log)
      this.#logs.removeFuture(log)
      this.#logs.remove(log)
      void log.abandon()
    }
    // While the directories are being opened there is nobody to tell yet: `openDirectories` decides.
    if (this.#managed.length === 0) return
    if (directory.path === this.#metadataPath || this.#online().length === 0) onFatal?.(error)
    else onDirectoryFailed?.(directory, error)
  }

  /** Flush, producer snapshots, checkpoints, .kafka_cleanshutdown, unlock. Logs what could not be closed in good order. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.moves.stop()
    await this.#cleaner?.close()
    await this.#care?.stop()
    for (const cancel of this.#removals) cancel()
    // Nobody waits for space any more.
    for (const { directory } of this.#managed) directory.close()
    await this.moves.settled()
    await this.#closeMetadataLog()
    await Promise.all(this.#managed.map(managed => this.#closeDirectory(managed)))
    this.#isClosed = true
    for (const { unlock } of this.#managed) await unlock()
  }

  async #closeMetadataLog(): Promise<void> {
    try {
      await this.#metadataLog?.close()
    } catch (error) {
      this.#unclean(this.#metadataPath, error)
    }
  }

  async #closeDirectory(managed: ManagedDirectory): Promise<void> {
    const { directory, checkpoints } = managed
    const logs = this.#logs.in(directory)
    try {
      await forEachAtOnce(logs, closesAtOnceMax, log => log.close())
      // Before its logs were loaded a directory is as it was found.
      if (!this.#isLoaded || !directory.isOnline) return
      await this.#care!.storeHighWatermarks(managed)
      await checkpoints.storeRecoveryPoints(logs)
      await checkpoints.storeLogStartOffsets(logs)
      const summary = await writeSummaries(
        directory,
        logs.filter(log => !this.#logs.isFuture(log)),
      )
      await writeCleanShutdown(directory.disk, directory.path, { brokerEpoch: this.#brokerEpoch, logs: summary })
    } catch (error) {
      this.#unclean(directory.path, error)
      await Promise.all(logs.map(log => log.abandon()))
    }
  }

  #unclean(path: string, error: unknown): void {
    const reason = error instanceof DiskError ? error.message : String(error)
    this.#options.world.logger.error(
      { directory: path, error: reason },
      `${path} could not be closed in good order (${reason}); it will be recovered at the next start`,
    )
  }
}

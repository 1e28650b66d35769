// What is done for all logs from time to time: retention, flushing by time, forgetting producers, checkpoints.
// Source: the tasks that Kafka 4.3.0's LogManager and ReplicaManager schedule. Different on purpose: flush.ms of a topic holds
// although log.flush.scheduler.interval.ms is endless by default; in Kafka it does nothing then.

import type { World } from '../../io/world.ts'
import type { Offset, TopicPartition } from '../../protocol/types.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { ManagedDirectory } from './log-directories.ts'
import type { LogDirectory } from './log-directory.ts'
import type { LogTable } from './log-table.ts'
import type { PartitionLog } from './partition-log.ts'
import { RepeatingTask } from './repeating-task.ts'

/** How often logs are asked whether flush.ms has passed. */
const flushCheckMs = 1000

export interface LogCareOptions {
  readonly world: World
  readonly config: BrokerConfig
  readonly online: () => readonly ManagedDirectory[]
  readonly logs: LogTable
  readonly metadataLog: () => PartitionLog | undefined
  readonly producerExpirationMs: () => number
  readonly highWatermarks: () => Iterable<readonly [TopicPartition, Offset]>
}

export class LogCare {
  readonly #options: LogCareOptions
  readonly #tasks: readonly RepeatingTask[]
  /** Checkpoints of a directory are written one after the other: an older one must not overtake a newer one. */
  readonly #storing = new Map<LogDirectory, Promise<void>>()

  constructor(options: LogCareOptions) {
    this.#options = options
    const { world, config } = options
    const firstMs = config.limit('log.initial.task.delay.ms')
    const every = (intervalMs: number, task: () => Promise<void>, delayMs?: number) =>
      new RepeatingTask(world.clock, intervalMs, task, delayMs)
    this.#tasks = [
      every(config.limit('log.retention.check.interval.ms'), () => this.#applyRetention(), firstMs),
      every(Math.min(flushCheckMs, config.limit('log.flush.scheduler.interval.ms')), () => this.#flushByTime()),
      every(config.int('producer.id.expiration.check.interval.ms'), async () => this.#expireProducers()),
      every(config.int('log.flush.offset.checkpoint.interval.ms'), () => this.#storeOffsets(), firstMs),
      every(config.limit('replica.high.watermark.checkpoint.interval.ms'), () => this.#storeAllHighWatermarks()),
    ]
  }

  async stop(): Promise<void> {
    await Promise.all(this.#tasks.map(task => task.stop()))
    await Promise.all(this.#storing.values())
  }

  async #applyRetention(): Promise<void> {
    const metadataLog = this.#options.metadataLog()
    const { logs: table } = this.#options
    const logs = [...table.all(), ...table.futures(), ...(metadataLog ? [metadataLog] : [])]
    for (const log of logs) {
      await log.deleteOldSegments(this.#options.world.clock.now()).catch(error => this.#report(log.directory, error))
    }
  }

  async #flushByTime(): Promise<void> {
    const due = [...this.#dueForFlush(this.#options.world.clock.now())]
    // A failure takes the directory offline, which says so.
    await Promise.all(due.map(log => log.flush().catch(() => {})))
  }

  // Every second: topics that are never flushed by time, which is the default, are passed over with all their logs.
  *#dueForFlush(nowMs: number): Generator<PartitionLog> {
    for (const logs of this.#options.logs.byTopic()) {
      for (const log of logs.values()) {
        const { flushMs } = log.config
        if (flushMs === Number.POSITIVE_INFINITY) break
        if (log.recoveryPoint < log.logEndOffset && nowMs - log.lastFlushMs >= flushMs) yield log
      }
    }
  }

  #expireProducers(): void {
    const [nowMs, expirationMs] = [this.#options.world.clock.now(), this.#options.producerExpirationMs()]
    for (const log of this.#options.logs.all()) log.removeExpiredProducers(nowMs, expirationMs)
  }

  async #storeOffsets(): Promise<void> {
    await Promise.all(this.#options.online().map(managed => this.#storeOffsetsOf(managed)))
  }

  /** Nothing must be found under the name of a log that is gone. */
  async forget(directory: LogDirectory, topic: string, partition: number): Promise<void> {
    const managed = this.#managedBy(directory)
    if (!managed) return
    managed.checkpoints.highWatermarks.get(topic)?.delete(partition)
    await this.#storeOffsetsOf(managed)
    await this.storeHighWatermarks(managed)
    await this.#storeCleanerOffset(managed, topic, partition, undefined)
  }

  /** The recovery points and starts of a directory's logs. */
  async storeOffsetsIn(directory: LogDirectory): Promise<void> {
    const managed = this.#managedBy(directory)
    if (managed) await this.#storeOffsetsOf(managed)
  }

  /** How far a log was compacted is so of another one of the same records, too. */
  async copyCleanerOffset(from: PartitionLog, to: PartitionLog): Promise<void> {
    // A log whose disk failed cannot be asked: the other one is looked at from its start, which costs time and no more.
    const offset = await this.cleanerOffset(from).catch(() => undefined)
    if (offset !== undefined) await this.storeCleanerOffset(to, offset)
  }

  /** Up to where a log is clean. Rejects with a DiskError. */
  async cleanerOffset({ logDirectory, topic, partition }: PartitionLog): Promise<Offset | undefined> {
    const checkpoints = this.#managedBy(logDirectory)?.checkpoints
    const offsets = await logDirectory.attempt(async () => checkpoints?.cleanerOffsets())
    return offsets?.get(topic)?.get(partition)
  }

  async storeCleanerOffset({ logDirectory, topic, partition }: PartitionLog, offset: Offset): Promise<void> {
    const managed = this.#managedBy(logDirectory)
    // The log may have gone meanwhile, and another one of its name come.
    const isThere = this.#options.logs.get(topic, partition)?.logDirectory === logDirectory
    if (!managed || !isThere) return
    // What was cleaned is never to be recovered. Otherwise: compaction has left gaps, the topic is no longer a compacted one, and
    // recovery takes them for a loss and removes what is behind.
    await this.#inTurn(managed, () => managed.checkpoints.storeRecoveryPoints(this.#options.logs.in(managed.directory)))
    await this.#storeCleanerOffset(managed, topic, partition, offset)
  }

  #storeCleanerOffset(managed: ManagedDirectory, topic: string, partition: number, offset: Offset | undefined) {
    return this.#inTurn(managed, () => managed.checkpoints.storeCleanerOffset(topic, partition, offset))
  }

  #managedBy(directory: LogDirectory): ManagedDirectory | undefined {
    return this.#options.online().find(managed => managed.directory === directory)
  }

  async #storeOffsetsOf(managed: ManagedDirectory): Promise<void> {
    await this.#inTurn(managed, async () => {
      const logs = this.#options.logs.in(managed.directory)
      await managed.checkpoints.storeRecoveryPoints(logs)
      await managed.checkpoints.storeLogStartOffsets(logs)
    })
  }

  async #storeAllHighWatermarks(): Promise<void> {
    await Promise.all(this.#options.online().map(managed => this.storeHighWatermarks(managed)))
  }

  async storeHighWatermarks(managed: ManagedDirectory): Promise<void> {
    await this.#inTurn(managed, async () => {
      const mine = [...this.#options.highWatermarks()].filter(
        ([{ topic, partition }]) => this.#options.logs.get(topic, partition)?.logDirectory === managed.directory,
      )
      await managed.checkpoints.storeHighWatermarks(mine)
    })
  }

  // A checkpoint that finds the disk full is written the next time; one that fails takes the directory offline.
  #inTurn({ directory }: ManagedDirectory, store: () => Promise<void>): Promise<void> {
    const stored = (this.#storing.get(directory) ?? Promise.resolve()).then(async () => {
      if (!directory.isOnline) return
      await directory.attempt(store).catch(error => this.#report(directory.path, error))
    })
    this.#storing.set(directory, stored)
    return stored
  }

  #report(path: string, error: unknown): void {
    this.#options.world.logger.warn({ path, error: (error as Error).message }, `${path}: ${(error as Error).message}`)
  }
}

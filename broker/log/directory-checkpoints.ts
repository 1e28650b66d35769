// The checkpoint files of one log directory: where recovery begins, where logs start, how far they are committed.
//
// Entries that nobody owns any more must go before a log of the same name can come: the start offset of a deleted log would
// make an empty new one lose its records.
// Source: Kafka 4.3.0's LogManager.checkpoint…InDir and ReplicaManager.checkpointHighWatermarks.

import type { Logger } from '../../io/logger.ts'
import type { Offset, TopicPartition } from '../../protocol/types.ts'
import {
  CheckpointError,
  cleanerOffsetCheckpointName,
  formatOffsetCheckpoint,
  highWatermarkCheckpointName,
  logStartOffsetCheckpointName,
  type OffsetCheckpoint,
  readOffsetCheckpoint,
  recoveryPointCheckpointName,
} from './checkpoint-file.ts'
import type { LogDirectory } from './log-directory.ts'
import type { PartitionLog } from './partition-log.ts'

type Entries = Iterable<readonly [TopicPartition, Offset]>

export class DirectoryCheckpoints {
  readonly #directory: LogDirectory
  readonly #logger: Logger
  recoveryPoints: OffsetCheckpoint = new Map()
  logStartOffsets: OffsetCheckpoint = new Map()
  highWatermarks: OffsetCheckpoint = new Map()
  #cleanerOffsets: OffsetCheckpoint | undefined
  /** What is in the files, so that nothing is written that is there already. */
  readonly #stored = new Map<string, Buffer>()

  constructor(directory: LogDirectory, logger: Logger) {
    this.#directory = directory
    this.#logger = logger
  }

  /** A file that makes no sense counts as missing: recovery is longer then, nothing is lost. */
  async read(): Promise<void> {
    this.recoveryPoints = await this.#read(recoveryPointCheckpointName)
    this.logStartOffsets = await this.#read(logStartOffsetCheckpointName)
    this.highWatermarks = await this.#read(highWatermarkCheckpointName)
  }

  async #read(name: string): Promise<OffsetCheckpoint> {
    const path = `${this.#directory.path}/${name}`
    try {
      return await readOffsetCheckpoint(this.#directory.disk, path)
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error
      this.#logger.warn({ path, error: error.message }, `${path} is not used: ${error.message}`)
      return new Map()
    }
  }

  async storeRecoveryPoints(logs: readonly PartitionLog[]): Promise<void> {
    await this.#store(
      recoveryPointCheckpointName,
      logs.map(log => [log, log.recoveryPoint] as const),
    )
  }

  /** Only those that the base offset of the first segment does not tell. */
  async storeLogStartOffsets(logs: readonly PartitionLog[]): Promise<void> {
    const moved = logs.filter(log => log.logStartOffset > log.firstSegmentOffset)
    await this.#store(
      logStartOffsetCheckpointName,
      moved.map(log => [log, log.logStartOffset] as const),
    )
  }

  async storeHighWatermarks(entries: Entries): Promise<void> {
    await this.#store(highWatermarkCheckpointName, entries)
  }

  async #store(name: string, entries: Entries): Promise<void> {
    const content = formatOffsetCheckpoint(entries)
    if (this.#stored.get(name)?.equals(content)) return
    const { disk, path } = this.#directory
    await disk.replaceFile(`${path}/${name}`, content)
    this.#stored.set(name, content)
  }

  /** Up to where the cleaner has been; read when somebody first asks. */
  async cleanerOffsets(): Promise<OffsetCheckpoint> {
    const read = this.#cleanerOffsets ?? (await this.#read(cleanerOffsetCheckpointName))
    return (this.#cleanerOffsets ??= read)
  }

  /** Undefined: nobody knows any more. */
  async storeCleanerOffset(topic: string, partition: number, offset: Offset | undefined): Promise<void> {
    const all = await this.cleanerOffsets()
    const partitions = all.get(topic) ?? new Map<number, Offset>()
    if (offset === undefined && !partitions.delete(partition)) return
    if (offset !== undefined) partitions.set(partition, offset)
    if (partitions.size === 0) all.delete(topic)
    else all.set(topic, partitions)
    const entries = [...all].flatMap(([name, offsets]) =>
      Array.from(offsets, ([index, cleanedUpTo]) => [{ topic: name, partition: index }, cleanedUpTo] as const),
    )
    await this.#store(cleanerOffsetCheckpointName, entries)
  }
}

// The logs of a broker by topic and partition.

import { LogDirectoryError } from './log-directories.ts'
import type { LogDirectory } from './log-directory.ts'
import type { PartitionLog } from './partition-log.ts'

export class LogTable {
  readonly #topics = new Map<string, Map<number, PartitionLog>>()
  readonly #counts = new Map<LogDirectory, number>()

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  /** A second log of one partition is a LogDirectoryError: somebody has to say which one is right. */
  add(log: PartitionLog): void {
    const partitions = this.#topics.get(log.topic) ?? new Map<number, PartitionLog>()
    const other = partitions.get(log.partition)
    if (other) {
      throw new LogDirectoryError(
        `${log.topic}-${log.partition} is in ${other.directory} and in ${log.directory}: remove the one that is not in use, most likely the one on a disk that failed before`,
      )
    }
    this.#topics.set(log.topic, partitions.set(log.partition, log))
    this.#counts.set(log.logDirectory, this.countIn(log.logDirectory) + 1)
  }

  remove(log: PartitionLog): void {
    const partitions = this.#topics.get(log.topic)
    if (partitions?.get(log.partition) !== log) return
    partitions.delete(log.partition)
    if (partitions.size === 0) this.#topics.delete(log.topic)
    this.#counts.set(log.logDirectory, this.countIn(log.logDirectory) - 1)
  }

  *all(): Generator<PartitionLog> {
    for (const partitions of this.#topics.values()) yield* partitions.values()
  }

  /** Topic by topic; the logs of a topic have one configuration. */
  byTopic(): Iterable<ReadonlyMap<number, PartitionLog>> {
    return this.#topics.values()
  }

  ofTopic(topic: string): Iterable<PartitionLog> {
    return this.#topics.get(topic)?.values() ?? []
  }

  in(directory: LogDirectory): PartitionLog[] {
    return [...this.all()].filter(log => log.logDirectory === directory)
  }

  countIn(directory: LogDirectory): number {
    return this.#counts.get(directory) ?? 0
  }
}

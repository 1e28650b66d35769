// The logs of a broker by topic and partition: the one that is in use, and the copy that is going to take its place (a future
// replica) while a partition moves to another directory. The two never lie in one directory.

import { LogDirectoryError } from './log-directories.ts'
import type { LogDirectory } from './log-directory.ts'
import type { PartitionLog } from './partition-log.ts'

export class LogTable {
  readonly #topics = new Map<string, Map<number, PartitionLog>>()
  /** By "topic-partition". */
  readonly #futures = new Map<string, PartitionLog>()
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
    this.#count(log, 1)
  }

  future(topic: string, partition: number): PartitionLog | undefined {
    return this.#futures.get(`${topic}-${partition}`)
  }

  addFuture(log: PartitionLog): void {
    this.#futures.set(`${log.topic}-${log.partition}`, log)
    this.#count(log, 1)
  }

  removeFuture(log: PartitionLog): void {
    const name = `${log.topic}-${log.partition}`
    if (this.#futures.get(name) !== log) return
    this.#futures.delete(name)
    this.#count(log, -1)
  }

  futures(): Iterable<PartitionLog> {
    return this.#futures.values()
  }

  isFuture(log: PartitionLog): boolean {
    return this.future(log.topic, log.partition) === log
  }

  /** The future log is the one in use from here on. */
  promote(future: PartitionLog): void {
    const current = this.get(future.topic, future.partition)
    if (current) this.remove(current)
    this.removeFuture(future)
    this.add(future)
  }

  #count(log: PartitionLog, by: number): void {
    this.#counts.set(log.logDirectory, this.countIn(log.logDirectory) + by)
  }

  remove(log: PartitionLog): void {
    const partitions = this.#topics.get(log.topic)
    if (partitions?.get(log.partition) !== log) return
    partitions.delete(log.partition)
    if (partitions.size === 0) this.#topics.delete(log.topic)
    this.#count(log, -1)
  }

  /** Those in use. */
  *all(): Generator<PartitionLog> {
    for (const partitions of this.#topics.values()) yield* partitions.values()
  }

  /** Topic by topic; the logs of a topic have one configuration. */
  byTopic(): Iterable<ReadonlyMap<number, PartitionLog>> {
    return this.#topics.values()
  }

  /** With future ones. */
  ofTopic(topic: string): PartitionLog[] {
    const futures = [...this.#futures.values()].filter(log => log.topic === topic)
    return [...(this.#topics.get(topic)?.values() ?? []), ...futures]
  }

  /** With future ones. */
  in(directory: LogDirectory): PartitionLog[] {
    return [...this.all(), ...this.#futures.values()].filter(log => log.logDirectory === directory)
  }

  countIn(directory: LogDirectory): number {
    return this.#counts.get(directory) ?? 0
  }
}

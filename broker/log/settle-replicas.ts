// Which of the logs that a start finds is in use, where a partition has more than one: a move between directories was under way
// when the broker stopped, or a disk is back that had failed.
//
// - A copy (`-future`) beside a log counts as far as it is on disk for certain. Where that is not behind the log, and in the
//   directory that the metadata names, the swap was about to happen, or happening, and is finished. Any other is gone on with.
// - A copy alone in the directory that the metadata names: the swap was interrupted between its two names, and is finished. One
//   that the metadata does not name is set aside (`-stray`), unless a directory is offline in which the log may be.
// - Two logs: the one in the directory that the metadata names; the other is set aside. Where it names neither, somebody has to
//   say which is right: LogDirectoryError.
// Source: Kafka 4.3.0's LogManager.loadLog and recoverAbandonedFutureLogs. Different on purpose: Kafka promotes an assigned copy
// also when it is behind, losing what it lacks, and refuses to start on two logs.

import type { World } from '../../io/world.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { LogDirectory } from './log-directory.ts'
import type { LogTable } from './log-table.ts'
import type { PartitionLog } from './partition-log.ts'
import { markedDirectoryName, partitionDirectoryName } from './segment-files.ts'

export interface FoundLogs {
  readonly current: readonly PartitionLog[]
  readonly future: readonly PartitionLog[]
}

export interface SettleOptions {
  readonly world: Pick<World, 'random' | 'logger'>
  readonly logs: LogTable
  /** The directory in which the metadata has this broker's replica; undefined: in none that it knows. */
  readonly assignedDirectory: (topic: string, partition: number) => Uuid | undefined
  readonly allOnline: boolean
  readonly removeLater: (log: PartitionLog, path: string) => void
}

/** Puts what was found into the table. Throws LogDirectoryError; a disk that fails goes offline with its logs. */
export async function settleReplicas(found: FoundLogs, options: SettleOptions): Promise<void> {
  const settler = new Settler(options)
  for (const log of found.current) await settler.settle(log, () => settler.takeCurrent(log))
  for (const log of found.future) await settler.settle(log, () => settler.takeFuture(log))
}

class Settler {
  readonly #options: SettleOptions

  constructor(options: SettleOptions) {
    this.#options = options
  }

  /** A log of a directory that has failed since is let go of. */
  async settle(log: PartitionLog, take: () => Promise<void>): Promise<void> {
    if (!log.logDirectory.isOnline) {
      await log.abandon()
      return
    }
    await take()
  }

  async takeCurrent(log: PartitionLog): Promise<void> {
    const { logs } = this.#options
    const other = logs.get(log.topic, log.partition)
    if (!other || (!this.#isAssigned(log) && !this.#isAssigned(other))) {
      logs.add(log)
      return
    }
    const [used, unused] = this.#isAssigned(log) ? [log, other] : [other, log]
    logs.remove(other)
    await this.#setAside(unused, `the metadata has the partition in ${used.logDirectory.path}`)
    logs.add(used)
  }

  async takeFuture(future: PartitionLog): Promise<void> {
    const { logs } = this.#options
    const { topic, partition } = future
    const [current, other] = [logs.get(topic, partition), logs.future(topic, partition)]
    if (current?.logDirectory === future.logDirectory || future.topicId === undefined) {
      await this.#remove(future)
    } else if (other) {
      // Two moves, of which the first was given up and its disk not asked to forget it.
      const [kept, gone] = this.#isAssigned(future) ? [future, other] : [other, future]
      logs.removeFuture(other)
      await this.#remove(gone)
      logs.addFuture(kept)
    } else if (current) {
      await this.#cutToCertain(future)
      if (this.#isAssigned(future) && future.nextOffset >= current.nextOffset) await this.#finishSwap(current, future)
      else logs.addFuture(future)
    } else await this.#takeAlone(future)
  }

  /**
   * Of a copy that was not closed in good order counts what is on disk for certain. Otherwise: the power goes off, the disk has
   * forgotten the name of a segment in the middle and not that of the next, and the copy takes the log's place with a hole.
   */
  async #cutToCertain(future: PartitionLog): Promise<void> {
    if (future.recoveryPoint < future.nextOffset) await future.truncateTo(future.recoveryPoint)
  }

  async #takeAlone(future: PartitionLog): Promise<void> {
    const { logs, world, allOnline, assignedDirectory } = this.#options
    const { topic, partition, directory } = future
    if (this.#isAssigned(future) || (allOnline && assignedDirectory(topic, partition) === undefined)) {
      world.logger.warn(
        { topic, partition, directory },
        `${directory} is all there is of ${topic}-${partition} and is it now`,
      )
      await this.#giveName(future)
      logs.add(future)
    } else if (allOnline) {
      await this.#setAside(future, 'it is a copy of a log that is not there')
    } else {
      world.logger.warn(
        { topic, partition, directory },
        `${directory} is a copy of a log that is offline, and is left alone`,
      )
      await future.abandon()
    }
  }

  async #finishSwap(current: PartitionLog, future: PartitionLog): Promise<void> {
    const { logs, world } = this.#options
    const { topic, partition, directory } = future
    world.logger.info(
      { topic, partition, directory },
      `finishing the move of ${topic}-${partition} to ${future.logDirectory.path}`,
    )
    logs.remove(current)
    await this.#remove(current)
    await this.#giveName(future)
    logs.add(future)
  }

  async #giveName(future: PartitionLog): Promise<void> {
    const { logDirectory, topic, partition } = future
    const path = `${logDirectory.path}/${partitionDirectoryName(topic, partition)}`
    await logDirectory.insist(() => logDirectory.disk.move(future.openedAs, path))
    await logDirectory.syncNames()
  }

  async #remove(log: PartitionLog): Promise<void> {
    this.#options.removeLater(log, await this.#mark(log, 'delete'))
  }

  async #setAside(log: PartitionLog, reason: string): Promise<void> {
    const { directory, topic, partition } = log
    const path = await this.#mark(log, 'stray')
    this.#options.world.logger.error(
      { topic, partition, path: directory, stray: path },
      `${directory} is now ${path} and not in use: ${reason}. Remove it when it is not needed.`,
    )
  }

  async #mark(log: PartitionLog, kind: 'delete' | 'stray'): Promise<string> {
    const { logDirectory, topic, partition, directory } = log
    await log.abandon()
    const name = markedDirectoryName(topic, partition, this.#options.world.random.bytes(16), kind)
    const path = `${logDirectory.path}/${name}`
    await logDirectory.insist(() => renameIfThere(logDirectory, directory, path))
    await logDirectory.syncNames()
    return path
  }

  #isAssigned({ topic, partition, logDirectory }: PartitionLog): boolean {
    const { directoryId } = logDirectory
    return directoryId !== undefined && this.#options.assignedDirectory(topic, partition) === directoryId
  }
}

async function renameIfThere({ disk }: LogDirectory, from: string, to: string): Promise<void> {
  if (await disk.stat(from)) await disk.rename(from, to)
}

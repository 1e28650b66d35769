// What is done when a file of a log turns out to be unreadable, or shorter than it was written, while it is read or sent.
//
// An error of the disk takes the directory offline, as everywhere. A file that is too short is not the disk's doing but
// somebody's: all logs of that directory are compared with what is known of them, and each one that was cut goes offline by
// itself; the others are served on.
// Bounded: one check per directory at a time.

import { dirname } from 'node:path'
import type { DiskError } from '../../io/disk.ts'
import { forEachAtOnce } from './at-once.ts'
import type { LogDirectory } from './log-directory.ts'
import type { PartitionLog } from './partition-log.ts'

/** Logs that are compared at once: what is served meanwhile needs the threads, too. */
const checksAtOnceMax = 4

export class LogCheck {
  readonly #logs: () => Iterable<PartitionLog>
  readonly #running = new Set<LogDirectory>()

  constructor(logs: () => Iterable<PartitionLog>) {
    this.#logs = logs
  }

  /** A range of a file could not be sent. Nothing, when it belongs to no log (any more). */
  async noteFailedSend(error: DiskError): Promise<void> {
    // A file that is open goes by the name that it had then.
    const path = dirname(error.path)
    const log = [...this.#logs()].find(({ directory, openedAs }) => directory === path || openedAs === path)
    if (log === undefined) return
    if (error.code !== 'TOO_SHORT') log.logDirectory.fail(error)
    else await this.#check(log)
  }

  async #check(first: PartitionLog): Promise<void> {
    const { logDirectory } = first
    if (this.#running.has(logDirectory) || first.failure) return
    this.#running.add(logDirectory)
    try {
      if (!(await first.checkFiles())) return
      const others = [...this.#logs()].filter(log => log.logDirectory === logDirectory && log.failure === undefined)
      await forEachAtOnce(others, checksAtOnceMax, async log => {
        await log.checkFiles()
      })
    } catch (error) {
      logDirectory.fail(error)
    } finally {
      this.#running.delete(logDirectory)
    }
  }
}

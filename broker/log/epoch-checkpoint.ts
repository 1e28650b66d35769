// The leader epochs of a log and their file. The file is written when the log is flushed or closed, not with each change:
// recovery finds in the batches behind the recovery point what the file lacks, and cuts what it has too much.

import { formatEpochCheckpoint, leaderEpochCheckpointName, readEpochCheckpoint } from './checkpoint-file.ts'
import { type EpochEntry, LeaderEpochCache } from './leader-epoch-cache.ts'
import type { LogDirectory } from './log-directory.ts'

export class EpochCheckpoint {
  readonly epochs: LeaderEpochCache
  readonly #directory: LogDirectory
  readonly #path: string
  #isStored = true
  #isAbandoned = false

  /** `logPath`: the partition's directory. `entries` are those in the file. */
  constructor(directory: LogDirectory, logPath: string, entries: readonly EpochEntry[]) {
    this.#directory = directory
    this.#path = `${logPath}/${leaderEpochCheckpointName}`
    this.epochs = new LeaderEpochCache(entries, () => (this.#isStored = false))
  }

  /** Reads the file. Throws CheckpointError. */
  static async open(directory: LogDirectory, logPath: string): Promise<EpochCheckpoint> {
    const entries = await readEpochCheckpoint(directory.disk, `${logPath}/${leaderEpochCheckpointName}`)
    return new EpochCheckpoint(directory, logPath, entries)
  }

  /** The log is going to be deleted: nothing more is written. */
  abandon(): void {
    this.#isAbandoned = true
  }

  /** Replaces the file when it is behind. */
  async store(): Promise<void> {
    if (this.#isStored) return
    this.#isStored = true
    const content = formatEpochCheckpoint(this.epochs.entries)
    try {
      // It may have waited for space, and the log been deleted meanwhile to make some.
      const replace = async () => {
        if (!this.#isAbandoned) await this.#directory.disk.replaceFile(this.#path, content)
      }
      await this.#directory.insist(replace)
    } catch (error) {
      this.#isStored = false
      throw error
    }
  }
}

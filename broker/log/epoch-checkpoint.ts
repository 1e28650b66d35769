// The leader epochs of a log and their file. The file is written when the log is flushed or closed, not with each change:
// recovery finds in the batches behind the recovery point what the file lacks, and cuts what it has too much.

import { formatEpochCheckpoint, leaderEpochCheckpointName, readEpochCheckpoint } from './checkpoint-file.ts'
import { LeaderEpochCache } from './leader-epoch-cache.ts'
import type { LogDirectory } from './log-directory.ts'

export class EpochCheckpoint {
  readonly epochs: LeaderEpochCache
  readonly #directory: LogDirectory
  readonly #path: string
  #isStored = true

  private constructor(directory: LogDirectory, path: string, entries: Awaited<ReturnType<typeof readEpochCheckpoint>>) {
    this.#directory = directory
    this.#path = path
    this.epochs = new LeaderEpochCache(entries, () => (this.#isStored = false))
  }

  /** `logPath`: the partition's directory. Throws CheckpointError. */
  static async open(directory: LogDirectory, logPath: string): Promise<EpochCheckpoint> {
    const path = `${logPath}/${leaderEpochCheckpointName}`
    return new EpochCheckpoint(directory, path, await readEpochCheckpoint(directory.disk, path))
  }

  /** Replaces the file when it is behind. */
  async store(): Promise<void> {
    if (this.#isStored) return
    this.#isStored = true
    const content = formatEpochCheckpoint(this.epochs.entries)
    try {
      await this.#directory.insist(() => this.#directory.disk.replaceFile(this.#path, content))
    } catch (error) {
      this.#isStored = false
      throw error
    }
  }
}

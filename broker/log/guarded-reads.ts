// The reads of a log that wait for its files: what a failed one says of the disk, and which are under way, so that whoever takes
// the files away can wait for them.

import { DiskError } from '../../io/disk.ts'
import { errors } from '../../protocol/errors.ts'
import type { LogDirectory } from './log-directory.ts'
import type { LogRead } from './log-read.ts'

export interface GuardedReadsOptions {
  readonly directory: LogDirectory
  readonly isClosed: () => boolean
  /** A file ended before what was written to it. */
  readonly onTooShort: ((error: DiskError) => void) | undefined
}

export class GuardedReads {
  readonly #options: GuardedReadsOptions
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(options: GuardedReadsOptions) {
    this.#options = options
  }

  /** A read that fails says as much about the disk as a write does. */
  async guard<Result>(reading: Promise<Result>): Promise<Result> {
    const { directory, isClosed, onTooShort } = this.#options
    this.#underWay.add(reading)
    try {
      return await reading
    } catch (error) {
      if (!(error instanceof DiskError) || isClosed()) throw error
      if (error.code !== 'TOO_SHORT') throw directory.fail(error)
      onTooShort?.(error)
      throw error
    } finally {
      this.#underWay.delete(reading)
    }
  }

  /** The same; a failed disk is an answer. */
  guardRead(reading: Promise<LogRead>): Promise<LogRead> {
    return this.guard(reading).catch((error: unknown) => {
      if (error instanceof DiskError) return { ok: false, error: errors.KAFKA_STORAGE_ERROR }
      throw error
    })
  }

  /** Resolves when those that are under way now have ended. */
  async ended(): Promise<void> {
    await Promise.allSettled([...this.#underWay])
  }
}

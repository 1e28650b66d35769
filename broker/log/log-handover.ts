// What a log lets a move do: copied batches come in, and in the end the copy takes the place of the log it was made from.
//
// The place is taken in one synchronous moment. What the old log has decided and not written goes into the new one's queue,
// behind the work that gives the directories their names; so do the appends that follow. Nobody is told that any of it is
// written before that work is done: a crash in the middle of it takes nothing that was acknowledged.
// Source: Kafka 4.3.0's Partition.maybeReplaceCurrentWithFutureReplica, which holds appends off by a lock meanwhile.

import type { Offset } from '../../protocol/types.ts'
import type { EpochCheckpoint } from './epoch-checkpoint.ts'
import type { EpochEntry } from './leader-epoch-cache.ts'
import type { LogAppender } from './log-appender.ts'
import type { LogFlusher } from './log-flusher.ts'
import type { LogState } from './log-state.ts'
import type { LogWriter } from './log-writer.ts'

export interface LogHandoverOptions {
  readonly state: LogState
  readonly writer: LogWriter
  readonly appender: LogAppender
  readonly flusher: LogFlusher
  readonly epochs: EpochCheckpoint
  /** Open, and not being cut or closed. */
  readonly isUsable: () => boolean
}

export class LogHandover {
  readonly #options: LogHandoverOptions

  constructor(options: LogHandoverOptions) {
    this.#options = options
  }

  get epochs(): readonly EpochEntry[] {
    return this.#options.state.epochs.entries
  }

  get isUsable(): boolean {
    return this.#options.isUsable()
  }

  /** What is decided from here on is not written until the answered function is called. */
  holdWrites(): () => void {
    return this.#options.writer.hold()
  }

  /** The log begins at least there from now on; never above its end. */
  followLogStart(offset: Offset): void {
    const { state } = this.#options
    state.moveLogStart(Math.min(offset, state.logEndOffset))
  }

  /**
   * Takes the place of the other log, of which everything that is written is here and written. `rename` runs when nothing of this
   * log is being written; it may be called again when the disk was full. Resolves when it is done, rejects when it never will be.
   */
  takePlaceOf(other: LogHandover, rename: () => Promise<void>): Promise<void> {
    const { state, writer, appender, flusher, epochs } = this.#options
    const end = state.nextOffset
    const renamed = writer.task(async () => {
      await flusher.flushTo(end)
      await epochs.store()
      await rename()
    })
    for (const batches of other.#options.writer.unwritten()) appender.takeAccepted(batches)
    state.succeed(other.#options.state)
    void other.#options.writer.stop()
    return renamed
  }
}

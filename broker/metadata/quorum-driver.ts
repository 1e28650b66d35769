// The shell round the quorum's rules: one serial pump that does what the rules offer, in order, and tells them when it is on
// disk; and one serial publisher that replays what is committed and tells everybody.
//
// Invariants: the election state is on disk before records of its epoch are appended. A batch is published after it is
// flushed, in log order, one at a time; `settled` resolves after every subscriber is done with it.
// Many proposals share one flush: what is proposed while a flush is under way goes into the next one. While subscribers work
// on one batch, later ones are already being written.
// A failed write or flush ends it: the quorum resigns, everything that waits is refused, nothing is retried.

import type { Clock } from '../../io/clock.ts'
import type { LeaderEpoch, Offset } from '../../protocol/types.ts'
import type { ElectionState } from '../raft/election-state.ts'
import type { Quorum, RaftBatch } from '../raft/quorum.ts'
import type { MetadataLog } from './storage/metadata-log.ts'
import { encodeRaftBatch } from './storage/raft-batch.ts'

/** Why nothing can be decided any more: the log could not be written, or the node is stopping. */
export class MetadataStoppedError extends Error {
  readonly code = 'METADATA_STOPPED'
}

/** A batch that is committed. */
export interface CommittedBatch {
  readonly baseOffset: Offset
  readonly lastOffset: Offset
  readonly epoch: LeaderEpoch
  readonly timestampMs: number
  readonly isControl: boolean
  readonly frames: readonly Buffer[]
  readonly sizeBytes: number
}

export interface DriverOptions {
  readonly quorum: Quorum
  readonly log: MetadataLog
  readonly clock: Clock
  /** On disk when it resolves. */
  readonly writeElectionState: (state: ElectionState) => Promise<void>
  /** Replays the batch and has everybody told; awaited before the next one. */
  readonly publish: (batch: CommittedBatch) => Promise<void>
  readonly onFailed: (error: Error) => void
}

interface Waiting {
  readonly offset: Offset
  readonly done: () => void
  readonly fail: (error: Error) => void
}

export class QuorumDriver {
  readonly #options: DriverOptions
  readonly #unpublished: CommittedBatch[] = []
  /** In the order of their offsets. Bounded by the requests that are being answered. */
  readonly #waiting: Waiting[] = []
  #publishedEnd: Offset
  #pumping = false
  #publishing = false
  #failure: Error | undefined

  constructor(options: DriverOptions) {
    this.#options = options
    this.#publishedEnd = options.quorum.nextOffset
  }

  /** Assigns offsets to the records at once and answers the first. Throws MetadataStoppedError. */
  propose(frames: readonly Buffer[], { isDurable = true } = {}): Offset {
    if (this.#failure) throw this.#failure
    const records = frames.map(value => ({ key: null, value }))
    const baseOffset = this.#options.quorum.propose(records, { isDurable })
    void this.pump()
    return baseOffset
  }

  /** Resolves when all records below the offset are on disk, replayed, and all subscribers are done with them. */
  settled(endOffset: Offset): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (endOffset <= this.#publishedEnd) return Promise.resolve()
    return new Promise((done, fail) => {
      this.#waiting.push({ offset: endOffset, done, fail })
    })
  }

  /** Performs what the quorum offers. Called after every event; a second call while it runs does nothing. */
  async pump(): Promise<void> {
    if (this.#pumping || this.#failure) return
    this.#pumping = true
    try {
      // Proposals of the same turn share the first flush.
      await Promise.resolve()
      const { quorum } = this.#options
      for (let ready = quorum.takeReady(); ready; ready = quorum.takeReady()) {
        if (ready.persist) await this.#options.writeElectionState(ready.persist)
        if (ready.append.length > 0) await this.#append(ready.append)
      }
    } catch (cause) {
      this.#fail(cause as Error)
    } finally {
      this.#pumping = false
    }
  }

  /** Refuses everything from now on and waits for nothing. */
  stop(): void {
    this.#end(new MetadataStoppedError('the broker is stopping'))
  }

  async #append(appended: readonly RaftBatch[]): Promise<void> {
    const { log, quorum, clock } = this.#options
    const batches = appended.map(batch => {
      const timestampMs = clock.now()
      const bytes = encodeRaftBatch(batch, timestampMs)
      // Kept before the log gets the bytes, which belong to it from then on.
      const committed = committedBatch(batch, timestampMs, bytes.length)
      log.append(bytes, batch.epoch)
      return committed
    })
    if (appended.some(batch => batch.isDurable)) await log.flush()
    quorum.step({ type: 'flushed', endOffset: batches.at(-1)!.lastOffset + 1 })
    this.#unpublished.push(...batches)
    void this.#publish()
  }

  async #publish(): Promise<void> {
    if (this.#publishing) return
    this.#publishing = true
    try {
      for (let batch = this.#unpublished.shift(); batch && !this.#failure; batch = this.#unpublished.shift()) {
        await this.#options.publish(batch)
        this.#publishedEnd = batch.lastOffset + 1
        while (this.#waiting.length > 0 && this.#waiting[0]!.offset <= this.#publishedEnd) this.#waiting.shift()!.done()
      }
    } catch (cause) {
      this.#fail(cause as Error)
    } finally {
      this.#publishing = false
    }
  }

  #fail(cause: Error): void {
    if (this.#failure) return
    this.#end(new MetadataStoppedError(`the metadata log cannot go on: ${cause.message}`, { cause }))
    this.#options.onFailed(cause)
  }

  #end(failure: MetadataStoppedError): void {
    if (this.#failure) return
    this.#failure = failure
    this.#options.quorum.step({ type: 'resign' })
    for (const waiting of this.#waiting.splice(0)) waiting.fail(failure)
  }
}

function committedBatch(batch: RaftBatch, timestampMs: number, sizeBytes: number): CommittedBatch {
  return {
    baseOffset: batch.baseOffset,
    lastOffset: batch.baseOffset + batch.records.length - 1,
    epoch: batch.epoch,
    timestampMs,
    isControl: batch.isControl,
    frames: batch.records.map(record => record.value as Buffer),
    sizeBytes,
  }
}

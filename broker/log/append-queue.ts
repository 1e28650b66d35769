// The appends of one log that wait because a batch before them, or their own, is with a worker thread (recompressor.ts): the log
// wants it in another codec, or it takes long to check.
//
// Invariant: appends are decided in the order in which they were asked for, whatever order the workers are done in: an
// idempotent producer's batches keep their sequence, also over several connections. An append that waits has decided nothing.
// While nothing waits, nothing is kept and an append that needs no thread is not held up.

import { compressionOf } from '../../protocol/records/batch-header.ts'
import type { LogConfig } from '../config/log-config.ts'
import { needsRecompression } from './append-rules.ts'
import type { PreparedBatch, Recompressor } from './recompressor.ts'
import { isSlowToCheck } from './slow-check.ts'

/** A batch this small that is not compressed is recompressed at once: that takes less time than a thread's answer. */
export const inlineBytesMax = 4096

/** Called once, when it is the append's turn; without a prepared batch the append does all by itself. */
export type Decide = (prepared: PreparedBatch | undefined) => void

/** Whether a batch goes to a worker thread before it is appended. */
export function needsThread(batch: Buffer, config: LogConfig): boolean {
  return (needsRecompression(batch, config) && !isSmall(batch)) || isSlowToCheck(batch, config)
}

function isSmall(batch: Buffer): boolean {
  return batch.length <= inlineBytesMax && compressionOf(batch) === 'none'
}

interface Waiting {
  readonly batch: Buffer
  readonly decide: Decide
  prepared: PreparedBatch | undefined
  isReady: boolean
}

export class AppendQueue {
  readonly #recompressor: Recompressor
  readonly #waiting: Waiting[] = []

  constructor(recompressor: Recompressor) {
    this.#recompressor = recompressor
  }

  get count(): number {
    return this.#waiting.length
  }

  /** False: nothing to wait for, append at once. True: `decide` is called later. */
  add(batch: Buffer, config: LogConfig, nowMs: number, decide: Decide): boolean {
    const isPrepared = needsThread(batch, config)
    if (!isPrepared && this.#waiting.length === 0) return false
    const entry: Waiting = { batch, decide, prepared: undefined, isReady: !isPrepared }
    this.#waiting.push(entry)
    if (isPrepared) void this.#prepare(entry, config, nowMs)
    return true
  }

  async #prepare(entry: Waiting, config: LogConfig, nowMs: number): Promise<void> {
    entry.prepared = await this.#recompressor.prepare(entry.batch, config, nowMs)
    entry.isReady = true
    this.#decideReady()
  }

  // What a decision leads to may add more, behind those that wait.
  #decideReady(): void {
    while (this.#waiting[0]?.isReady) {
      const { batch, prepared, decide } = this.#waiting.shift()!
      if (prepared) this.#recompressor.decided(batch, prepared)
      decide(prepared)
    }
  }
}

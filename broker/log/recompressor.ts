// Recompression, and the check of what decompresses to very much, for all logs of a broker, on worker threads: what would hold up
// the event loop for as long as the codecs take.
//
// Invariant: at most `recompressionsAtOnceMax` batches are with the workers; the others wait here in the order in which they
// came. From `prepare` to `decided` a batch counts with its bytes, and once it is ready with what came of it, too. Full: the
// append is refused with REQUEST_TIMED_OUT, and the producer comes again.
// Not here: the order of one log's appends, see append-queue.ts.

import type { Logger } from '../../io/logger.ts'
import { WorkerError, type Workers } from '../../io/worker.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { Refused } from './append-outcome.ts'
import { refuse, type StampedBatch } from './append-rules.ts'
import type { RecompressInput, RecompressOutput } from './recompress-task.ts'

/** Batches with the workers at once: enough for every thread to find another one, and few of the workers' own queue. */
export const recompressionsAtOnceMax = 16
/** Bytes of batches, and of what came of them, that are not decided. A single larger one is let through. */
export const recompressionBytesMax = 64 * 1024 * 1024

const task = new URL('./recompress-task.ts', import.meta.url)

/** A batch on its way to its decision. */
export interface PreparedBatch {
  /** Without its place in the log, or why it cannot have one. */
  readonly outcome: StampedBatch | Refused
  /** The settings that it was checked by; it is stamped by the same. */
  readonly config: LogConfig
}

export interface RecompressorOptions {
  readonly workers: Workers
  readonly logger: Logger
  readonly bytesMax?: number
}

export class Recompressor {
  readonly #options: RecompressorOptions
  readonly #bytesMax: number
  #heldBytes = 0
  #running = 0
  /** Who waits for a place with the workers. */
  readonly #waiting: (() => void)[] = []

  constructor(options: RecompressorOptions) {
    this.#options = options
    this.#bytesMax = options.bytesMax ?? recompressionBytesMax
  }

  /** Of batches that are not decided yet. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Checks and recompresses a client's batch, which must not change meanwhile. `decided` has to follow. Never rejects. */
  async prepare(batch: Buffer, config: LogConfig, nowMs: number): Promise<PreparedBatch> {
    const heldBytes = this.#heldBytes
    this.#heldBytes += batch.length
    const isFull = heldBytes > 0 && heldBytes + batch.length > this.#bytesMax
    const outcome = isFull ? refuseFull(heldBytes) : await this.#recompress(batch, config, nowMs)
    if (outcome.ok) this.#heldBytes += outcome.batch.length
    return { outcome, config }
  }

  /** The append was decided: nothing of it is held here any more. */
  decided(batch: Buffer, { outcome }: PreparedBatch): void {
    this.#heldBytes -= batch.length + (outcome.ok ? outcome.batch.length : 0)
  }

  async #recompress(batch: Buffer, config: LogConfig, nowMs: number): Promise<StampedBatch | Refused> {
    // Who waits is given the place of who leaves, so that nobody slips in between.
    if (this.#running >= recompressionsAtOnceMax) await new Promise<void>(go => this.#waiting.push(go))
    else this.#running += 1
    try {
      // A copy of exactly these bytes, which moves to the thread: they are a view of what else its connection sent.
      const copy = new Uint8Array(batch)
      const input: RecompressInput = { batch: copy, config, nowMs }
      return outcomeOf(await this.#options.workers.run<RecompressInput, RecompressOutput>(task, input, [copy.buffer]))
    } catch (error) {
      return this.#refuseUnexpected(error)
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running -= 1
    }
  }

  #refuseUnexpected(error: unknown): Refused {
    const code = error instanceof WorkerError ? error.code : undefined
    if (code === 'QUEUE_FULL') return refuse(errors.REQUEST_TIMED_OUT, `cannot recompress: ${(error as Error).message}`)
    if (code === 'CLOSED') return refuse(errors.NOT_LEADER_OR_FOLLOWER, 'the broker is stopping')
    this.#options.logger.error({ err: error }, 'a batch could not be recompressed')
    return refuse(errors.UNKNOWN_SERVER_ERROR, 'the batch could not be recompressed')
  }
}

function outcomeOf(output: RecompressOutput): StampedBatch | Refused {
  if (output.ok) {
    const { buffer, byteOffset, byteLength } = output.batch
    return {
      ok: true,
      batch: Buffer.from(buffer, byteOffset, byteLength),
      maxTimestamp: output.maxTimestamp,
      logAppendTimeMs: -1,
    }
  }
  const { errorCode, message, recordErrors } = output
  return {
    ok: false,
    error: errors[errorName(errorCode)!],
    ...(message === undefined ? {} : { message }),
    ...(recordErrors === undefined ? {} : { recordErrors }),
  }
}

function refuseFull(heldBytes: number): Refused {
  return refuse(
    errors.REQUEST_TIMED_OUT,
    `${heldBytes} bytes wait to be recompressed or checked, which is slower than their producers`,
  )
}

// Whether a write into the page cache is made at once, on the loop's thread, or by a thread of the pool.
//
// Handing a write to a thread and hearing of its end costs ten times the write of a small batch, and the bytes are looked at
// by another core, which has none of them in its cache. But a write can wait: for the disk when too many pages are dirty, for
// the file system's journal while something is being synced. Invariant: the loop waits no more than a thousandth of the time.
//
// So writes are made at once while all of these hold: they are small; the kernel is far from holding up those who write (asked
// again every 16 MiB or tenth of a second); and none waited lately: one that waited, for t milliseconds, sends the others to
// the threads for a thousand times t.

/** Longer ones go to a thread: the loop is others' as well. */
export const inlineBytesMax = 1024 * 1024
const restFactor = 1000
const askedAgainBytes = 16 * 1024 * 1024
const askedAgainMs = 100
/** Room that is left to others who write: what they do between two questions is not seen. */
const roomBytesMin = 256 * 1024 * 1024

export interface InlineWritesOptions {
  /** Milliseconds from any origin. */
  readonly now: () => number
  /** Bytes that may still be written before the kernel holds up those who write. */
  readonly roomBytes: () => number
  /** How many inline writes have waited so far, for whatever it was. */
  readonly waits: () => number
}

export class InlineWrites {
  readonly #options: InlineWritesOptions
  #roomBytes = 0
  #writtenBytes = 0
  #askedMs = Number.NEGATIVE_INFINITY
  #restUntilMs = Number.NEGATIVE_INFINITY

  constructor(options: InlineWritesOptions) {
    this.#options = options
  }

  /** Makes the write at once if it may; answers what `write` does, the bytes written, or -1 when a thread is to do it. */
  attempt(bytes: number, write: () => number): number {
    if (bytes > inlineBytesMax) return -1
    const startedMs = this.#options.now()
    if (startedMs < this.#restUntilMs || this.#room(startedMs) < roomBytesMin + bytes) return -1
    const waits = this.#options.waits()
    const written = write()
    if (this.#options.waits() !== waits) this.#rest(startedMs)
    this.#writtenBytes += Math.max(0, written)
    return written
  }

  #rest(startedMs: number): void {
    const endedMs = this.#options.now()
    this.#restUntilMs = endedMs + (endedMs - startedMs) * restFactor
  }

  #room(nowMs: number): number {
    if (this.#writtenBytes >= askedAgainBytes || nowMs - this.#askedMs >= askedAgainMs) {
      this.#roomBytes = this.#options.roomBytes()
      this.#writtenBytes = 0
      this.#askedMs = nowMs
    }
    return this.#roomBytes - this.#writtenBytes
  }
}

// How fast all cleaners together read and write.
// Source: Kafka 4.3.0's Throttler: what was too much in one interval is waited for at its end.

import type { Clock } from '../../../io/clock.ts'

const intervalMs = 300

export class Throttle {
  readonly #clock: Clock
  #startMs: number
  #bytes = 0
  bytesPerSecond: number

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock
    this.#startMs = clock.monotonicMs()
    this.bytesPerSecond = bytesPerSecond
  }

  /** So many bytes were read or written; resolves when more may be. */
  async noteBytes(bytes: number): Promise<void> {
    this.#bytes += bytes
    const nowMs = this.#clock.monotonicMs()
    const elapsedMs = nowMs - this.#startMs
    if (elapsedMs < intervalMs) return
    const waitMs = Math.round((this.#bytes * 1000) / this.bytesPerSecond - elapsedMs)
    this.#startMs = nowMs + Math.max(0, waitMs)
    this.#bytes = 0
    if (waitMs > 0) await new Promise<void>(go => this.#clock.after(waitMs, go))
  }
}

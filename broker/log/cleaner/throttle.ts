// How fast all cleaners together read and write.
// Source: Kafka 4.3.0's Throttler: what was too much in one interval is waited for at its end.

import type { Clock } from '../../../io/clock.ts'
import { TimedWaits } from '../timed-waits.ts'

const intervalMs = 300

export class Throttle {
  readonly #clock: Clock
  readonly #waits: TimedWaits
  #startMs: number
  #bytes = 0
  #pause: Promise<void> | undefined
  #isReleased = false
  bytesPerSecond: number

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock
    this.#waits = new TimedWaits(clock)
    this.#startMs = clock.monotonicMs()
    this.bytesPerSecond = bytesPerSecond
  }

  /** So many bytes were read or written; resolves when more may be. */
  async noteBytes(bytes: number): Promise<void> {
    // While one waits, all do: otherwise each of them would be as fast as all may be.
    while (this.#pause) await this.#pause
    this.#bytes += bytes
    const nowMs = this.#clock.monotonicMs()
    const elapsedMs = nowMs - this.#startMs
    if (elapsedMs < intervalMs || this.#isReleased) return
    const waitMs = Math.round((this.#bytes * 1000) / this.bytesPerSecond - elapsedMs)
    this.#bytes = 0
    if (waitMs > 0) {
      this.#pause = this.#waits.wait(waitMs)
      await this.#pause
      this.#pause = undefined
    }
    this.#startMs = this.#clock.monotonicMs()
  }

  /** Nobody waits any more: the cleaners are to stop. */
  release(): void {
    this.#isReleased = true
    this.#waits.release()
  }
}

// Whether the application keeps up: once it was given records it has a time until it asks for more. Cheap for the caller, who
// tells of every batch: one timer, which looks again when it was too early.

import type { Clock } from '../../io/clock.ts'
import { WakeTimer } from './wake-timer.ts'

export class PollInterval {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #timer: WakeTimer
  readonly #onExpired: () => void
  #deadlineMs = Number.POSITIVE_INFINITY

  constructor(clock: Clock, intervalMs: number, onExpired: () => void) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#onExpired = onExpired
    this.#timer = new WakeTimer(clock, () => this.#look())
  }

  /** The time runs, anew. */
  working(): void {
    const isFirst = this.#deadlineMs === Number.POSITIVE_INFINITY
    this.#deadlineMs = this.#clock.monotonicMs() + this.#intervalMs
    if (isFirst) this.#timer.setTo(this.#deadlineMs)
  }

  /** No time runs. */
  waiting(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY
    this.#timer.stop()
  }

  #look(): void {
    if (this.#clock.monotonicMs() < this.#deadlineMs) {
      this.#timer.setTo(this.#deadlineMs)
      return
    }
    this.waiting()
    this.#onExpired()
  }
}

// One timer for a state machine that says when it next wants to be asked.

import type { Cancel, Clock } from '../../io/clock.ts'

export class WakeTimer {
  readonly #clock: Clock
  readonly #wake: () => void
  #dueMs = Number.POSITIVE_INFINITY
  #cancel: Cancel | undefined

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock
    this.#wake = wake
  }

  /** By the monotonic clock; Infinity: not at all. Takes the place of what was set before. */
  setTo(dueMs: number): void {
    if (dueMs === this.#dueMs) return
    this.stop()
    this.#dueMs = dueMs
    if (dueMs === Number.POSITIVE_INFINITY) return
    this.#cancel = this.#clock.after(dueMs - this.#clock.monotonicMs(), () => {
      this.stop()
      this.#wake()
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#dueMs = Number.POSITIVE_INFINITY
  }
}

// Waits for some time that all end early when nothing is to be waited for any more. Bounded by those who wait: each does once.

import type { Clock } from '../../io/clock.ts'

/** Beyond this, timers overflow. */
const waitMsMax = 2 ** 31 - 1

export class TimedWaits {
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves after so many milliseconds, or when `release` is called. */
  wait(ms: number): Promise<void> {
    return new Promise(resolve => {
      const go = () => {
        cancel()
        this.#waiting.delete(go)
        resolve()
      }
      const cancel = this.#clock.after(Math.min(waitMsMax, ms), go)
      this.#waiting.add(go)
    })
  }

  /** Those that wait now wait no longer. */
  release(): void {
    for (const go of [...this.#waiting]) go()
  }
}

// A task that is run again and again, never twice at once. The next run is due an interval after the last one ended.

import type { Cancel, Clock } from '../../io/clock.ts'

// Beyond this, timers overflow; nobody waits that long.
const intervalMsMax = 2 ** 31 - 1

export class RepeatingTask {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #task: () => Promise<void>
  #cancel: Cancel = () => {}
  #running: Promise<void> = Promise.resolve()
  #isStopped = false

  /** `task` handles its own errors. The first run is due after `firstMs`. */
  constructor(clock: Clock, intervalMs: number, task: () => Promise<void>, firstMs = intervalMs) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#task = task
    this.#schedule(firstMs)
  }

  #schedule(ms: number): void {
    if (ms > intervalMsMax) return
    this.#cancel = this.#clock.after(ms, () => {
      this.#running = this.#task().then(() => {
        if (!this.#isStopped) this.#schedule(this.#intervalMs)
      })
    })
  }

  /** Resolves when the task is not running and will not run any more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.#running
  }
}

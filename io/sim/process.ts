// What it takes to be a process of a simulated host: things done for it happen only while it lives.

import type { Cancel } from '../clock.ts'
import type { Scheduler } from './scheduler.ts'

export class SimProcess {
  readonly host: string
  readonly #scheduler: Scheduler
  #alive = true
  readonly #onDeath = new Set<() => void>()

  constructor(host: string, scheduler: Scheduler) {
    this.host = host
    this.#scheduler = scheduler
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Runs `fn` when the time has come, unless the process has died by then. */
  schedule(delayMs: number, fn: () => void): Cancel {
    if (!this.#alive) return () => {}
    return this.#scheduler.schedule(delayMs, () => {
      if (this.#alive) fn()
    })
  }

  /** Told once when the process dies, in the order of asking; the answered function withdraws it. */
  onDeath(fn: () => void): () => void {
    this.#onDeath.add(fn)
    return () => this.#onDeath.delete(fn)
  }

  die(): void {
    this.#alive = false
    for (const fn of [...this.#onDeath]) fn()
    this.#onDeath.clear()
  }
}

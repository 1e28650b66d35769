// What it takes to be a process of a simulated host: things done for it happen only while it lives.

import type { Cancel } from '../clock.ts'
import type { Scheduler } from './scheduler.ts'

export class SimProcess {
  readonly host: string
  readonly #scheduler: Scheduler
  #alive = true
  #isPaused = false
  /** What was due while it stood still. */
  #postponed: (() => void)[] = []
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
    const due = () => {
      if (!this.#alive) return
      if (this.#isPaused) cancel = this.#postpone(due)
      else fn()
    }
    let cancel = this.#scheduler.schedule(delayMs, due)
    return () => cancel()
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** SIGSTOP: nothing is done for it until `resume`, and its clocks go on. What files have under way goes on, too. */
  pause(): void {
    this.#isPaused = true
  }

  /** What was due meanwhile is done now, in its order. */
  resume(): void {
    this.#isPaused = false
    const postponed = this.#postponed
    this.#postponed = []
    for (const again of postponed) again()
  }

  /** Told once when the process dies, in the order of asking; the answered function withdraws it. */
  onDeath(fn: () => void): () => void {
    this.#onDeath.add(fn)
    return () => this.#onDeath.delete(fn)
  }

  die(): void {
    this.#alive = false
    this.#postponed = []
    for (const fn of [...this.#onDeath]) fn()
    this.#onDeath.clear()
  }

  #postpone(due: () => void): Cancel {
    let cancel = () => {
      this.#postponed = this.#postponed.filter(each => each !== again)
    }
    const again = () => {
      cancel = this.#scheduler.schedule(0, due)
    }
    this.#postponed.push(again)
    return () => cancel()
  }
}

// Deadlines by key, as many as there are members. Each heartbeat moves a deadline, so moving it is cheap: a timer that is
// already running is left alone and, when it goes off too early, set again for the rest.

import type { Cancel, Clock } from '../../../io/clock.ts'

interface Timer<Event> {
  deadlineMs: number
  event: Event
  goesOffMs: number
  cancel: Cancel
}

export class CoordinatorTimers<Event> {
  readonly #clock: Clock
  readonly #expire: (event: Event) => void
  readonly #timers = new Map<string, Timer<Event>>()

  constructor(clock: Clock, expire: (event: Event) => void) {
    this.#clock = clock
    this.#expire = expire
  }

  get count(): number {
    return this.#timers.size
  }

  has(key: string): boolean {
    return this.#timers.has(key)
  }

  /** `event` happens in `delayMs`, instead of what was scheduled under the key before. */
  schedule(key: string, delayMs: number, event: Event): void {
    const deadlineMs = this.#clock.monotonicMs() + delayMs
    const timer = this.#timers.get(key)
    if (timer !== undefined && timer.goesOffMs <= deadlineMs) {
      timer.deadlineMs = deadlineMs
      timer.event = event
      return
    }
    timer?.cancel()
    this.#timers.set(key, { deadlineMs, event, goesOffMs: deadlineMs, cancel: this.#arm(key, delayMs) })
  }

  cancel(key: string): void {
    this.#timers.get(key)?.cancel()
    this.#timers.delete(key)
  }

  cancelAll(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  #arm(key: string, delayMs: number): Cancel {
    return this.#clock.after(delayMs, () => this.#goOff(key))
  }

  #goOff(key: string): void {
    const timer = this.#timers.get(key)
    if (timer === undefined) return
    const remainingMs = timer.deadlineMs - this.#clock.monotonicMs()
    if (remainingMs > 0) {
      timer.goesOffMs = timer.deadlineMs
      timer.cancel = this.#arm(key, remainingMs)
      return
    }
    this.#timers.delete(key)
    this.#expire(timer.event)
  }
}

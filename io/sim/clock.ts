// Clocks over virtual time: one that a test moves by hand, and one of a simulated host, which may be wrong and dies with it.

import type { Cancel, Clock } from '../clock.ts'
import type { SimProcess } from './process.ts'
import { Scheduler } from './scheduler.ts'
import { microtasksDrained } from './turn.ts'

/** What simulated wall clocks show at the start: a date that is easy to recognise, 2026-01-01T00:00:00Z. */
export const simulatedEpochMs = 1_767_225_600_000

/** A clock that stands still until it is told to move. For unit tests: `clock.advance(100)` runs what is due within 100 ms. */
export class ManualClock implements Clock {
  readonly #scheduler = new Scheduler()
  #wallMs: number

  constructor(options: { nowMs?: number } = {}) {
    this.#wallMs = options.nowMs ?? simulatedEpochMs
  }

  now(): number {
    return this.#wallMs + Math.floor(this.#scheduler.nowMs)
  }

  monotonicMs(): number {
    return this.#scheduler.nowMs
  }

  after(ms: number, fn: () => void): Cancel {
    return this.#scheduler.schedule(ms, fn)
  }

  soon(fn: () => void): Cancel {
    return this.#scheduler.schedule(0, fn)
  }

  /** Timers and `soon`s that have neither run nor been cancelled. */
  get pending(): number {
    return this.#scheduler.pending
  }

  /** When the next timer is due, on `monotonicMs`; undefined when there is none. */
  get nextMs(): number | undefined {
    return this.#scheduler.nextMs
  }

  /** Changes what `now()` shows without any time passing, as an administrator would. */
  stepWallClock(ms: number): void {
    this.#wallMs += ms
  }

  /** Lets time pass and runs what is due, in order, also what that schedules within the time. 0 runs what was for `soon`. */
  advance(ms: number): void {
    const untilMs = this.#scheduler.nowMs + ms
    while ((this.#scheduler.nextMs ?? Number.POSITIVE_INFINITY) <= untilMs) this.#scheduler.runNext()
    this.#scheduler.moveTo(untilMs)
  }

  /**
   * As `advance`, but all promises that are ready run on after each event, so that code that awaits can schedule the next; then
   * `afterEach` is called.
   */
  async run(ms = 0, afterEach: () => void = () => {}): Promise<void> {
    const untilMs = this.#scheduler.nowMs + ms
    await microtasksDrained()
    while ((this.#scheduler.nextMs ?? Number.POSITIVE_INFINITY) <= untilMs) {
      this.#scheduler.runNext()
      await microtasksDrained()
      afterEach()
    }
    this.#scheduler.moveTo(untilMs)
  }
}

/** How a host's clocks differ from simulated time. */
export interface ClockError {
  /** Added to the wall clock. */
  offsetMs: number
  /** How fast both clocks and all timers run: 1.001 gains a millisecond per second. */
  rate: number
}

/** What the wall clock of a host shows. */
export function wallMs(scheduler: Scheduler, { offsetMs, rate }: Readonly<ClockError>): number {
  return simulatedEpochMs + Math.floor(scheduler.nowMs * rate + offsetMs)
}

/** The clock of a process: simulated time with its host's error, and timers that die with the process. */
export function processClock(process: SimProcess, scheduler: Scheduler, error: Readonly<ClockError>): Clock {
  const after = (ms: number, fn: () => void) => process.schedule(ms / error.rate, fn)
  return {
    now: () => wallMs(scheduler, error),
    monotonicMs: () => scheduler.nowMs * error.rate,
    after,
    soon: fn => after(0, fn),
  }
}

// A clock that stands still until a test moves it, over an event loop that goes on: timers and what the clock shows are the test's,
// sockets and the order of things within a turn (`soon`) are the machine's.
//
// It begins at the machine's time, so that records stamped by clients that look at their own clock are neither old nor of the future.
// Moving it settles: what became due has happened, with all that this caused in the broker, before `advance` answers.

import { ClientError } from '../../client/client-error.ts'
import type { Cancel, Clock } from '../../io/clock.ts'
import { ManualClock } from '../../io/sim/clock.ts'
import type { PendingWork } from './pending-work.ts'

/** How often a broker that is closing lets time pass, when nobody else does. */
const closingStepMs = 50

/** Timers after which sockets get their turn, so that a long time passes quickly and they still go on. */
const timersPerTurn = 100

/** What a test may do with a broker's time. */
export interface TestClock {
  /** Milliseconds since 1970 as the broker sees them. */
  now(): number
  /**
   * Lets `ms` milliseconds pass, in the order in which timers are due, and settles. A call waits for the one before it. What answers
   * clients has been handed to their sockets then; when they read it is theirs.
   */
  advance(ms: number): Promise<void>
}

export class ManualTime implements Clock, TestClock {
  readonly #real: Clock
  readonly #manual: ManualClock
  readonly #work: PendingWork
  #moving: Promise<void> = Promise.resolve()

  constructor(real: Clock, work: PendingWork) {
    this.#real = real
    this.#work = work
    this.#manual = new ManualClock({ nowMs: real.now() })
  }

  now(): number {
    return this.#manual.now()
  }

  monotonicMs(): number {
    return this.#manual.monotonicMs()
  }

  after(ms: number, fn: () => void): Cancel {
    // What is due now need not wait for a test that moves time on.
    return ms <= 0 ? this.soon(fn) : this.#manual.after(ms, fn)
  }

  soon(fn: () => void): Cancel {
    const done = this.#work.begin()
    const cancel = this.#real.soon(() => {
      done()
      fn()
    })
    return () => {
      done()
      cancel()
    }
  }

  /** Timers that have neither run nor been cancelled. */
  get pending(): number {
    return this.#manual.pending
  }

  advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      const message = `clock.advance: time goes forward, in milliseconds; ${ms} is no such time`
      return Promise.reject(new ClientError('INVALID_ARGUMENT', message))
    }
    const moved = this.#moving.then(() => this.#advance(ms))
    // What one of the timers throws is told to who moved the clock, and not to those who move it next.
    this.#moving = moved.catch(() => {})
    return moved
  }

  /** From here on time passes by itself, in steps, so that what waits for it ends; until the answered function is called. */
  letPass(): () => void {
    let cancel = () => {}
    const step = () => {
      this.#manual.advance(closingStepMs)
      cancel = this.#real.after(closingStepMs, step)
    }
    cancel = this.#real.after(closingStepMs, step)
    return () => cancel()
  }

  async #advance(ms: number): Promise<void> {
    const untilMs = this.monotonicMs() + ms
    await this.#work.settled()
    let timers = 0
    for (let dueMs = this.#manual.nextMs; dueMs !== undefined && dueMs <= untilMs; dueMs = this.#manual.nextMs) {
      this.#manual.advance(Math.max(0, dueMs - this.monotonicMs()))
      timers += 1
      await (timers % timersPerTurn === 0 ? this.#work.settled() : this.#work.calm())
    }
    this.#manual.advance(Math.max(0, untilMs - this.monotonicMs()))
    await this.#work.settled()
  }
}

/** A clock of which timers ring as soon as either of two clocks says so; it shows what the first one does. */
export function eitherClock(shown: Clock, other: Clock): Clock {
  return {
    now: () => shown.now(),
    monotonicMs: () => shown.monotonicMs(),
    soon: fn => shown.soon(fn),
    after: (ms, fn) => {
      const ring = () => {
        cancel()
        fn()
      }
      const cancels = [shown.after(ms, ring), other.after(ms, ring)]
      const cancel = () => {
        for (const each of cancels) each()
      }
      return cancel
    },
  }
}

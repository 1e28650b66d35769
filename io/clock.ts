// Time as an argument. Real: io/real-clock.ts, the machine's clocks and timers. Twin: io/sim/clock.ts, virtual time.

/** Stops what was scheduled; does nothing when it has already run. */
export type Cancel = () => void

export interface Clock {
  /** Wall clock in whole milliseconds since 1970; may step backwards. For timestamps that users see. */
  now(): number
  /** Milliseconds from an arbitrary start, never backwards, fractional. For durations and timeouts. */
  monotonicMs(): number
  /** Runs `fn` once, `ms` milliseconds from now by `monotonicMs`, never earlier and never from within the call; at once when negative. */
  after(ms: number, fn: () => void): Cancel
  /** Runs `fn` once after the events that are ready now: what gathers in one turn of the loop shares one write. */
  soon(fn: () => void): Cancel
}

// How long the event loop keeps others waiting, as an argument: who shows it asks for it, nobody else pays for it. Real:
// io/real-loop-delay.ts. There is no twin: in a simulation no real time passes.

export interface LoopDelay {
  /** What was seen since the last call, or since the watching began. */
  take(): LoopDelays
  /** Watches no longer. */
  close(): void
}

/** Milliseconds by which a timer came later than it should have. */
export interface LoopDelays {
  /** How often the delay was looked at. */
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
}

// Chance as an argument. Real: io/real-random.ts. Twin: io/sim/random.ts, from a seed.

export interface Random {
  /** 0 <= value < 1. */
  next(): number
  /** A whole number, 0 <= value < below. */
  int(below: number): number
  /** Fit for identifiers and secrets in the real world; `next` and `int` are for jitter and choice only. */
  bytes(count: number): Buffer
}

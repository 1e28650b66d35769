// Chance as an argument. Real: node:crypto. Twin: io/sim/random.ts, from a seed.

export interface Random {
  /** 0 <= value < 1. */
  next(): number
  /** A whole number, 0 <= value < below. */
  int(below: number): number
  bytes(count: number): Buffer
}

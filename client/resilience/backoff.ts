// How long to wait before the next attempt: exponential, with full jitter, so that a thousand clients that failed together do
// not come back together. Source: KIP-580 for the growth; "Exponential Backoff And Jitter" (Brooker, 2015) for the jitter.

import type { Random } from '../../io/random.ts'

export interface BackoffOptions {
  /** The longest wait after the first failure. */
  readonly initialMs: number
  /** No wait is longer. */
  readonly maxMs: number
  /** 2 when left out. */
  readonly multiplier?: number
}

export class Backoff {
  readonly #options: Required<BackoffOptions>
  readonly #random: Random

  constructor(options: BackoffOptions, random: Random) {
    this.#options = { multiplier: 2, ...options }
    this.#random = random
  }

  /**
   * Milliseconds to wait after so many failures in a row (1 is the first): between 0 and the exponential bound, but at least a
   * tenth of it, because an attempt at once after a failure is what the wait is there to prevent.
   */
  delayMs(failures: number): number {
    const { initialMs, maxMs, multiplier } = this.#options
    const boundMs = Math.min(maxMs, initialMs * multiplier ** Math.max(0, failures - 1))
    return boundMs * (0.1 + 0.9 * this.#random.next())
  }
}

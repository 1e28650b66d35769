// How many retries a client may make: a fraction of its requests, and a few a second besides. When everything fails, the load
// on a sick cluster grows by that fraction and not by a multiple. A token bucket: requests put in a part of a token, a retry
// takes a whole one. Source: the retry budgets of Finagle and Envoy.

import type { Clock } from '../../io/clock.ts'

export interface RetryBudgetOptions {
  /** Retries per request, in the long run. */
  readonly ratio: number
  /** Retries a second that are always allowed, so that a client with few requests can retry at all. */
  readonly perSecondMin: number
  /** Retries that can be saved up. */
  readonly retriesMax: number
}

export const retryBudgetDefaults: RetryBudgetOptions = { ratio: 0.2, perSecondMin: 10, retriesMax: 100 }

export class RetryBudget {
  readonly #options: RetryBudgetOptions
  readonly #clock: Clock
  #tokens: number
  #filledMs: number

  constructor(clock: Clock, options: RetryBudgetOptions = retryBudgetDefaults) {
    this.#options = options
    this.#clock = clock
    this.#tokens = options.retriesMax
    this.#filledMs = clock.monotonicMs()
  }

  /** A first attempt is made. */
  noteRequest(): void {
    this.#tokens = Math.min(this.#options.retriesMax, this.#tokens + this.#options.ratio)
  }

  /** Whether a retry may be made now; if so, it is paid for. */
  tryRetry(): boolean {
    this.#refill()
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  #refill(): void {
    const nowMs = this.#clock.monotonicMs()
    const earned = ((nowMs - this.#filledMs) / 1000) * this.#options.perSecondMin
    this.#filledMs = nowMs
    this.#tokens = Math.min(this.#options.retriesMax, this.#tokens + earned)
  }
}

// Whether a broker is worth a request. Closed: yes. After some failures in a row it opens, and requests fail at once instead of
// waiting for a timeout each; after a wait that grows with each failure one request is let through (half open), and its
// outcome closes or opens the breaker again. Source: Nygard, "Release It!"; the reconnect backoff of KIP-144.

import type { Clock } from '../../io/clock.ts'
import type { Backoff } from './backoff.ts'

export interface CircuitBreakerOptions {
  /** Failures in a row that open it. */
  readonly failuresMax: number
  /** How long a trial may take before another one is let through, should nobody report its outcome. */
  readonly trialMs: number
}

export type CircuitState = 'closed' | 'open' | 'half open'

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions
  readonly #clock: Clock
  readonly #backoff: Backoff
  #failures = 0
  /** Since a request was last answered. */
  #openings = 0
  /** Nothing is let through before. */
  #opensAtMs = Number.NEGATIVE_INFINITY
  #trialUntilMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, backoff: Backoff, options: CircuitBreakerOptions) {
    this.#clock = clock
    this.#backoff = backoff
    this.#options = options
  }

  get state(): CircuitState {
    if (this.#failures < this.#options.failuresMax) return 'closed'
    return this.#clock.monotonicMs() < this.#opensAtMs ? 'open' : 'half open'
  }

  /** Milliseconds until a request may be let through; 0 when one may be now. */
  get waitMs(): number {
    if (this.state === 'closed') return 0
    return Math.max(0, Math.max(this.#opensAtMs, this.#trialUntilMs) - this.#clock.monotonicMs())
  }

  /** Whether a request may be made now. When half open, the first that asks is the trial and others are told no. */
  tryPass(): boolean {
    if (this.state === 'closed') return true
    if (this.waitMs > 0) return false
    this.#trialUntilMs = this.#clock.monotonicMs() + this.#options.trialMs
    return true
  }

  /** A request was answered. Answers whether it had been open since one was last. */
  onSuccess(): boolean {
    const hadOpened = this.#openings > 0
    this.#failures = 0
    this.#openings = 0
    this.#trialUntilMs = Number.NEGATIVE_INFINITY
    return hadOpened
  }

  /**
   * The broker could be connected to, which does not yet say that it answers: requests may be sent, but the next failure opens
   * it again, and for longer. Otherwise a broker that accepts and then says nothing would never be left alone.
   */
  onConnected(): void {
    this.#failures = Math.min(this.#failures, this.#options.failuresMax - 1)
    this.#trialUntilMs = Number.NEGATIVE_INFINITY
  }

  onFailure(): void {
    this.#failures += 1
    this.#trialUntilMs = Number.NEGATIVE_INFINITY
    if (this.#failures < this.#options.failuresMax) return
    this.#openings += 1
    this.#opensAtMs = this.#clock.monotonicMs() + this.#backoff.delayMs(this.#openings)
  }
}

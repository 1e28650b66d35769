// When a member sends heartbeats, and how long it may go on believing that it is one. Pure.
//
// The lease: a coordinator starts a member's session anew when a request arrives, which is after it was sent. So until the
// session timeout after the last request that was confirmed was *sent*, nobody else has what this member has, whatever happens
// to the network or the coordinator. From then on somebody may.

import type { Backoff } from '../resilience/backoff.ts'

/** How long a heartbeat may take: if it is lost, there is time for others before the session is over. */
export function heartbeatTimeoutMs(settings: { readonly requestTimeoutMs: number }, sessionTimeoutMs: number): number {
  return Math.min(settings.requestTimeoutMs, sessionTimeoutMs / 3)
}

export class HeartbeatSchedule {
  readonly #backoff: Backoff
  readonly #sessionTimeoutMs: number
  #failures = 0
  #dueMs = Number.POSITIVE_INFINITY
  #isBeating = false
  #leaseUntilMs = Number.NEGATIVE_INFINITY

  constructor(sessionTimeoutMs: number, backoff: Backoff) {
    this.#sessionTimeoutMs = sessionTimeoutMs
    this.#backoff = backoff
  }

  /** A heartbeat is under way. */
  get isBeating(): boolean {
    return this.#isBeating
  }

  get leaseUntilMs(): number {
    return this.#leaseUntilMs
  }

  /** When the next one is due; Infinity while one is under way, or none is wanted. */
  get dueMs(): number {
    return this.#isBeating ? Number.POSITIVE_INFINITY : this.#dueMs
  }

  /** Whether to send one now; if so, it counts as under way. */
  tryBeat(nowMs: number): boolean {
    if (nowMs < this.dueMs) return false
    this.#isBeating = true
    return true
  }

  /** From `dueMs` on. What is under way is not waited for. */
  restart(dueMs: number): void {
    this.#isBeating = false
    this.#dueMs = dueMs
  }

  /** What is under way is not waited for, the next one is due when it was. */
  disown(): void {
    this.#isBeating = false
  }

  stop(): void {
    this.restart(Number.POSITIVE_INFINITY)
  }

  /** One was answered, which says nothing yet about the membership. */
  answered(sentMs: number, intervalMs: number, nowMs: number): void {
    this.restart(Math.max(nowMs, sentMs + intervalMs))
  }

  failed(nowMs: number): void {
    this.#failures += 1
    this.restart(nowMs + this.#backoff.delayMs(this.#failures))
  }

  /** The coordinator counts this member as one, as of a request that was sent then. */
  confirmed(sentMs: number): void {
    this.#failures = 0
    this.#leaseUntilMs = Math.max(this.#leaseUntilMs, sentMs + this.#sessionTimeoutMs)
  }
}

// So much of something for all connections together: bytes of the large requests that are collected in a buffer of their own
// (`queued.max.request.bytes`), requests that wait for the broker's own work (`queued.max.requests`).
// When it is used up, connections that need some are read no further, and go on first come first served.
// As in Kafka (SimpleMemoryPool, not strict) it is given while any is left: one taker may exceed it, none can starve.

export class SharedLimit {
  readonly max: number
  #used = 0
  #isWaking = false
  /** Who waits, in order. */
  readonly #waiting = new Set<() => void>()

  constructor(max: number) {
    this.max = max
  }

  get used(): number {
    return this.#used
  }
  get waitingCount(): number {
    return this.#waiting.size
  }

  /** Takes so much, or answers false and calls `retry` once when there may be some. */
  take(amount: number, retry: () => void): boolean {
    if (this.#used >= this.max) {
      this.#waiting.add(retry)
      return false
    }
    this.#used += amount
    return true
  }

  give(amount: number): void {
    this.#used -= amount
    // Who is called may give back at once: those behind it are called from here, or a thousand would be called from within
    // each other.
    if (this.#isWaking || this.#waiting.size === 0) return
    this.#isWaking = true
    try {
      this.#wake()
    } finally {
      this.#isWaking = false
    }
  }

  // Whoever cannot use it now, because its answers are not being read, asks again later and holds up nobody.
  #wake(): void {
    while (this.#used < this.max) {
      const [first] = this.#waiting
      if (first === undefined) return
      this.#waiting.delete(first)
      first()
    }
  }

  /** Waits no longer: its connection is gone. */
  leave(retry: () => void): void {
    this.#waiting.delete(retry)
  }
}

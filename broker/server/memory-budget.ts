// Room for the large requests of all connections together: those that did not arrive in one chunk and are collected in a
// buffer of their own. Small ones are bounded per connection, so that a flood of large ones holds up only large ones.
// When it is used up, connections that need room are read no further, and go on first come first served.
// As in Kafka (SimpleMemoryPool, not strict) room is given while any is left: one request may exceed it, none can starve.

export class MemoryBudget {
  readonly bytesMax: number
  #usedBytes = 0
  /** Who waits for room, in order. */
  readonly #waiting = new Set<() => void>()

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Takes room, or answers false and calls `retry` once when there may be some. */
  take(bytes: number, retry: () => void): boolean {
    if (this.#usedBytes >= this.bytesMax) {
      this.#waiting.add(retry)
      return false
    }
    this.#usedBytes += bytes
    return true
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes
    // Whoever cannot use the room now, because its answers are not being read, asks again later and holds up nobody.
    while (this.#usedBytes < this.bytesMax) {
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

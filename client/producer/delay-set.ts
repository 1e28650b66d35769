// Things that become due a fixed time after they were added, unless they are taken out before: one timer for all of them.
// Invariant: they are held in the order in which they become due.

import type { Cancel, Clock } from '../../io/clock.ts'

export class DelaySet<Item> {
  readonly #clock: Clock
  readonly #delayMs: number
  readonly #onDue: (item: Item) => void
  #dueMs = new Map<Item, number>()
  #cancelTimer: Cancel | undefined

  constructor(clock: Clock, delayMs: number, onDue: (item: Item) => void) {
    this.#clock = clock
    this.#delayMs = delayMs
    this.#onDue = onDue
  }

  get size(): number {
    return this.#dueMs.size
  }

  /** First the one that is due first. */
  items(): Item[] {
    return [...this.#dueMs.keys()]
  }

  /** When it was added, by the monotonic clock; undefined when it is not there. */
  addedMs(item: Item): number | undefined {
    const dueMs = this.#dueMs.get(item)
    return dueMs === undefined ? undefined : dueMs - this.#delayMs
  }

  add(item: Item): void {
    this.#dueMs.set(item, this.#clock.monotonicMs() + this.#delayMs)
    this.#arm()
  }

  /** Answers whether it was there. The timer stays: it finds out when it rings. */
  delete(item: Item): boolean {
    return this.#dueMs.delete(item)
  }

  /** Puts others in the place of an item, due when that would have been. */
  replace(item: Item, others: readonly Item[]): void {
    const entries = [...this.#dueMs].flatMap(([known, dueMs]): [Item, number][] =>
      known === item ? others.map(other => [other, dueMs]) : [[known, dueMs]],
    )
    this.#dueMs = new Map(entries)
  }

  /** Forgets all. */
  clear(): void {
    this.#dueMs.clear()
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #arm(): void {
    if (this.#cancelTimer !== undefined || this.#delayMs === Number.POSITIVE_INFINITY) return
    const [first] = this.#dueMs.values()
    if (first === undefined) return
    this.#cancelTimer = this.#clock.after(first - this.#clock.monotonicMs(), () => this.#ring())
  }

  #ring(): void {
    this.#cancelTimer = undefined
    const nowMs = this.#clock.monotonicMs()
    for (const [item, dueMs] of this.#dueMs) {
      if (dueMs > nowMs) break
      this.#dueMs.delete(item)
      this.#onDue(item)
    }
    this.#arm()
  }
}

// Work in lanes: one item of a lane at a time, in order; lanes side by side, each in its turn. A lane is a partition, or a key.
// Invariant: the next item of a lane is not given out before `finish` was called for the one before.

export class Lanes<Item> {
  /** Of lanes that have an item under way, or waiting; the one under way is not in here. */
  readonly #waiting = new Map<string, Item[]>()
  /** Lanes with waiting items and none under way, in the order of their turn. */
  readonly #ready: string[] = []
  #size = 0

  /** Items that wait. */
  get size(): number {
    return this.#size
  }

  offer(lane: string, item: Item): void {
    this.#size += 1
    const waiting = this.#waiting.get(lane)
    if (waiting !== undefined) {
      waiting.push(item)
      return
    }
    this.#waiting.set(lane, [item])
    this.#ready.push(lane)
  }

  /** The first item of the lane whose turn it is; undefined when none is ready. */
  take(): { readonly lane: string; readonly item: Item } | undefined {
    const lane = this.#ready.shift()
    if (lane === undefined) return undefined
    this.#size -= 1
    return { lane, item: this.#waiting.get(lane)!.shift()! }
  }

  finish(lane: string): void {
    if (this.#waiting.get(lane)!.length > 0) this.#ready.push(lane)
    else this.#waiting.delete(lane)
  }
}

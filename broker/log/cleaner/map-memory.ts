// The memory of one cleaner's offset maps: as much as the largest map so far needed, and never more than is allowed.
//
// One piece, lent again and again: worker threads that have seen a piece keep it until they happen to collect their garbage, so
// that new ones for each cleaning would add up.

import type { Clock } from '../../../io/clock.ts'
import { slotBytes } from './offset-map.ts'

/** Cleared in one turn of the loop: a millisecond's work. */
const clearedAtOnceWords = 512 * 1024

export class MapMemory {
  readonly #clock: Clock
  #memory = new SharedArrayBuffer(0)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get bytes(): number {
    return this.#memory.byteLength
  }

  /** Zeros for so many slots, at most `slotsMax`, until the next call. The memory may be longer than that. */
  async lend(slots: number, slotsMax: number): Promise<SharedArrayBuffer> {
    const bytes = slots * slotBytes
    if (this.#memory.byteLength >= bytes && this.#memory.byteLength <= slotsMax * slotBytes) {
      await this.#clear(bytes / 4)
      return this.#memory
    }
    // Twice as much as before, so that a log that grows slowly does not need another piece each time.
    const grownBytes = Math.max(bytes, Math.min(2 * this.#memory.byteLength, slotsMax * slotBytes))
    this.#memory = new SharedArrayBuffer(grownBytes)
    return this.#memory
  }

  async #clear(words: number): Promise<void> {
    const all = new Int32Array(this.#memory)
    for (let at = 0; at < words; at += clearedAtOnceWords) {
      all.fill(0, at, Math.min(words, at + clearedAtOnceWords))
      if (at + clearedAtOnceWords < words) await new Promise<void>(go => this.#clock.soon(go))
    }
  }
}

// What the members of a group have processed, all together. Invariant: a record is shown only when all before it in its partition have
// been processed by somebody: whoever comes later begins where others have committed, and nobody commits what is not processed.

import type { Violation } from '../../broker/sim/violation.ts'

export class ProcessedOffsets {
  /** Per partition; offsets have no gaps here. */
  readonly #done = new Map<string, Set<number>>()
  #shown = 0

  get shown(): number {
    return this.#shown
  }

  /** A record is shown. */
  show(place: string, offset: number, who: string): Violation[] {
    this.#shown += 1
    if (offset === 0 || this.#of(place).has(offset - 1)) return []
    return [
      { name: 'recordPassed', what: `${who} is shown ${place} at ${offset}, and nobody has processed ${offset - 1}` },
    ]
  }

  done(place: string, offset: number): void {
    this.#of(place).add(offset)
  }

  /** All below the offset are processed. */
  isDoneUpTo(place: string, offset: number): boolean {
    return this.#of(place).size >= offset
  }

  #of(place: string): Set<number> {
    let done = this.#done.get(place)
    if (done === undefined) {
      done = new Set()
      this.#done.set(place, done)
    }
    return done
  }
}

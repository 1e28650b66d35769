// A group's committed offset is the last one that was acknowledged, or one of those whose answer is still out.
// Invariant: with a committer that only goes forward, nobody is shown less than what was acknowledged before they asked,
// nor something that was never committed.
//
// The exception is TCP's: a commit whose connection broke may be carried out later than the next one on a new connection,
// and take the offset back. Such commits are in limbo until the broker that may have got them is gone.

import type { Violation } from './violation.ts'

/** -1: nothing was committed yet, as OffsetFetch says it. */
const nothing = -1

export class CommittedOffsetsStay {
  readonly #place: string
  readonly #open = new Set<number>()
  readonly #limbo = new Set<number>()
  #acknowledged = nothing

  constructor(place: string) {
    this.#place = place
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  attempt(offset: number): void {
    this.#open.add(offset)
  }

  acknowledge(offset: number): void {
    this.#open.delete(offset)
    this.#acknowledged = Math.max(this.#acknowledged, offset)
  }

  /** Refused: the offset will not be committed. */
  refuse(offset: number): void {
    this.#open.delete(offset)
  }

  /** The connection broke before the answer. */
  lose(offset: number): void {
    this.#open.delete(offset)
    this.#limbo.add(offset)
  }

  /** What a fetch that is sent now may show, at least. */
  get lowest(): number {
    return Math.min(this.#acknowledged, ...this.#limbo)
  }

  /** `atLeast`: `lowest` when it was asked. */
  see(offset: number, atLeast: number = this.lowest): Violation[] {
    if (offset < atLeast) {
      return [{ name: 'committedOffsetWentBack', what: `${this.#place}: ${offset} after ${atLeast} was acknowledged` }]
    }
    if (offset <= Math.max(this.#acknowledged, ...this.#open, ...this.#limbo)) return []
    return [{ name: 'committedOffsetInvented', what: `${this.#place}: ${offset}, which nobody committed` }]
  }

  /** The broker has ended: what was on its way to it has been carried out or never will be. `value`: what it has now. */
  settle(value: number): void {
    this.#acknowledged = value
    this.#limbo.clear()
  }

  /** A loss that the durability of the offsets allows. */
  forget(): void {
    this.#acknowledged = nothing
  }
}

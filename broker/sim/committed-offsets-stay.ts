// A group's committed offset is the last one that was acknowledged, or one of those whose answer is still out.
// Invariant: with committers that only go forward, nobody is shown less than what was acknowledged before they asked, nor
// something that nobody committed.
//
// The exception is TCP's: a commit whose connection broke may be carried out later than the next one on a new connection,
// and take the offset back. Such commits are in limbo until the broker that may have got them has ended and another one
// has acknowledged a later commit.

import type { Violation } from './violation.ts'

/** -1: nothing was committed yet, as OffsetFetch says it. */
const nothing = -1

export class CommittedOffsetsStay {
  readonly #place: string
  /** By offset: to which of the broker's lives it was sent. */
  readonly #attempted = new Map<number, number>()
  readonly #limbo = new Set<number>()
  #acknowledged = nothing

  constructor(place: string) {
    this.#place = place
  }

  /** `life`: counts the starts of the broker. An offset is attempted once, or again when nobody else has gone further. */
  attempt(offset: number, life = 0): void {
    this.#attempted.set(offset, life)
  }

  acknowledge(offset: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, offset)
    const life = this.#attempted.get(offset) ?? 0
    for (const lost of this.#limbo) if ((this.#attempted.get(lost) ?? 0) < life) this.#limbo.delete(lost)
  }

  /** It was refused: nobody may be shown it. */
  refuse(offset: number): void {
    this.#attempted.delete(offset)
  }

  /** The connection broke before the answer. */
  lose(offset: number): void {
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
    if (offset === nothing || this.#attempted.has(offset)) return []
    return [{ name: 'committedOffsetInvented', what: `${this.#place}: ${offset}, which nobody committed` }]
  }

  /** A loss that the durability of the offsets allows. */
  forget(): void {
    this.#acknowledged = nothing
  }
}

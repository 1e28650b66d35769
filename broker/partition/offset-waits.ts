// Those who wait until a partition's log has passed an offset, lowest first: an advance touches only those that it satisfies.
// Bounded by the requests that may be under way (server/session-limits.ts): each waits at most once per partition.

import type { ProtocolError } from '../../protocol/errors.ts'
import { errors } from '../../protocol/errors.ts'
import type { Offset } from '../../protocol/types.ts'

/** Called once: with what `advance` says when the offset was passed. */
export type Waited = (error: ProtocolError) => void

interface Wait {
  readonly offset: Offset
  readonly done: Waited
}

export class OffsetWaits {
  #waits: Wait[] = []
  /** Waits before this one are over. */
  #first = 0

  get count(): number {
    return this.#waits.length - this.#first
  }

  /** Calls `done` once the log end lies beyond `offset`. */
  add(offset: Offset, done: Waited): void {
    const waits = this.#waits
    // Offsets are handed out in rising order, so the place is nearly always the end. A duplicate of an older batch is the exception.
    let at = waits.length
    while (at > this.#first && waits[at - 1]!.offset > offset) at--
    if (at === waits.length) waits.push({ offset, done })
    else waits.splice(at, 0, { offset, done })
  }

  /** Everything below `end` is there; those who wait for less are told so, with NONE or with what is wrong about it. */
  advance(end: Offset, error: ProtocolError = errors.NONE): void {
    while (this.#first < this.#waits.length) {
      const wait = this.#waits[this.#first]!
      if (wait.offset >= end) break
      this.#first++
      wait.done(error)
    }
    if (this.#first === this.#waits.length) {
      this.#waits.length = 0
      this.#first = 0
    } else if (this.#first > 1024) {
      this.#waits = this.#waits.slice(this.#first)
      this.#first = 0
    }
  }

  /** Nobody will see the offset pass: everyone is told why. */
  fail(error: ProtocolError): void {
    const waits = this.#waits.slice(this.#first)
    this.#waits = []
    this.#first = 0
    for (const wait of waits) wait.done(error)
  }
}

// Members in order of how many partitions they have, those with equally many by their ids.
// Invariant: a member is taken out before its count changes, and put back afterwards.

import { compare } from '../member-order.ts'

export class LoadOrder implements Iterable<string> {
  readonly #countOf: (memberId: string) => number
  readonly #members: string[]

  constructor(memberIds: Iterable<string>, countOf: (memberId: string) => number) {
    this.#countOf = countOf
    this.#members = [...memberIds].sort((a, b) => this.#compare(a, b))
  }

  /** Fewest first. */
  [Symbol.iterator](): Iterator<string> {
    return this.#members[Symbol.iterator]()
  }

  get first(): string | undefined {
    return this.#members[0]
  }

  get last(): string | undefined {
    return this.#members.at(-1)
  }

  add(memberId: string): void {
    this.#members.splice(this.#place(memberId), 0, memberId)
  }

  remove(memberId: string): void {
    const at = this.#place(memberId)
    if (this.#members[at] === memberId) this.#members.splice(at, 1)
  }

  /** The index of the first that does not come before. */
  #place(memberId: string): number {
    let low = 0
    let high = this.#members.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(this.#members[middle]!, memberId) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #compare(a: string, b: string): number {
    return this.#countOf(a) - this.#countOf(b) || compare(a, b)
  }
}

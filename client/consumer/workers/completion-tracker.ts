// How far a partition is processed when its records are worked on side by side: up to the first that is not done.
// Invariant: `bound` never passes a record that was begun and is not done.

export class CompletionTracker {
  /** Begun, in the order of their offsets; those done have been taken out of the front. */
  readonly #begun: number[] = []
  readonly #done = new Set<number>()
  #first = 0
  #bound: number | undefined
  #reached = -1

  /** Records that are not done, or wait for one before them. */
  get pending(): number {
    return this.#begun.length - this.#first
  }

  /** All before it are done; undefined before the first was. */
  get bound(): number | undefined {
    return this.#bound
  }

  /** All records before the offset were begun, if there are any. Answers the bound. */
  reach(offset: number): number | undefined {
    this.#reached = offset
    return this.#raise()
  }

  /** Offsets rise. */
  begin(offset: number): void {
    this.#begun.push(offset)
  }

  /** Answers the bound, which may have risen. */
  done(offset: number): number | undefined {
    this.#done.add(offset)
    while (this.#first < this.#begun.length && this.#done.delete(this.#begun[this.#first]!)) {
      this.#bound = this.#begun[this.#first]! + 1
      this.#first += 1
    }
    if (this.#first > compactAfter) {
      this.#begun.splice(0, this.#first)
      this.#first = 0
    }
    return this.#raise()
  }

  #raise(): number | undefined {
    if (this.pending === 0 && this.#reached >= 0) this.#bound = Math.max(this.#bound ?? this.#reached, this.#reached)
    return this.#bound
  }
}

/** Offsets that are kept behind the bound before their memory is given back. */
const compactAfter = 1024

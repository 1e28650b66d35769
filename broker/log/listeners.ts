// Who wants to hear of something. The list is replaced, never changed: they are called one after the other, and any of them may
// end itself or add another meanwhile. Most logs have one, so that a set would be mostly room.

type Listener<Said> = (said: Said) => void

const none: readonly never[] = []

export class Listeners<Said> {
  #all: readonly Listener<Said>[] = none

  /** The answered function ends it. */
  add(listener: Listener<Said>): () => void {
    this.#all = [...this.#all, listener]
    return () => {
      this.#all = this.#all.filter(each => each !== listener)
    }
  }

  call(said: Said): void {
    for (const listener of this.#all) listener(said)
  }
}

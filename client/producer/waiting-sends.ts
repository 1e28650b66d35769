// Sends of one topic that cannot be put into a batch yet, in the order of the calls: none overtakes another.

/** A call that waits. */
export interface WaitingSend {
  /** Goes on with it; false: it has to wait on. It tells its caller what goes wrong, and never throws. */
  proceed(): boolean
  /** Gives it up. */
  fail(error: Error): void
}

export class WaitingSends {
  #queue: WaitingSend[] = []
  /** Those before it have gone on. */
  #first = 0

  get length(): number {
    return this.#queue.length - this.#first
  }

  push(send: WaitingSend): void {
    this.#queue.push(send)
  }

  /** Lets as many go on as can. Answers whether all could. */
  proceed(): boolean {
    while (this.#first < this.#queue.length && this.#queue[this.#first]!.proceed()) this.#first += 1
    if (this.#first * 2 >= this.#queue.length) this.#forgetDone()
    return this.length === 0
  }

  /** Answers whether it waited. */
  remove(send: WaitingSend): boolean {
    this.#forgetDone()
    const at = this.#queue.indexOf(send)
    if (at >= 0) this.#queue.splice(at, 1)
    return at >= 0
  }

  /** All that wait; nobody does any more. */
  takeAll(): WaitingSend[] {
    this.#forgetDone()
    const all = this.#queue
    this.#queue = []
    return all
  }

  #forgetDone(): void {
    if (this.#first === 0) return
    this.#queue = this.#queue.slice(this.#first)
    this.#first = 0
  }
}

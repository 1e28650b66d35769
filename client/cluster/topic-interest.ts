// Which topics a client wants in its image: those it uses, or all of them. Counted, since several parts may want the same.

export class TopicInterest {
  /** Whether a topic that does not exist may be created by asking for it (allow.auto.create.topics). */
  mayCreate = false
  readonly #counts = new Map<string, number>()
  #wantsAll = 0

  get names(): string[] {
    return [...this.#counts.keys()]
  }

  /** All topics, as subscriptions by pattern need them. */
  get wantsAll(): boolean {
    return this.#wantsAll > 0
  }

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  remove(name: string): void {
    const count = this.#counts.get(name) ?? 0
    if (count <= 1) this.#counts.delete(name)
    else this.#counts.set(name, count - 1)
  }

  addAll(): void {
    this.#wantsAll += 1
  }

  removeAll(): void {
    this.#wantsAll = Math.max(0, this.#wantsAll - 1)
  }
}

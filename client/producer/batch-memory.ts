// The memory of batches: so many bytes and no more, used again as soon as a batch is done, so that a busy producer makes no
// garbage of it. Invariant: what is used and what is kept for use together never exceed the limit, but for what is compressed:
// it takes the place of what it was made from, which is larger or a little smaller.

export class BatchMemory {
  readonly bytesMax: number
  readonly #free = new Map<number, Buffer[]>()
  #usedBytes = 0
  #freeBytes = 0

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  /** In use by batches that are not done. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Kept for the next batches. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  /** Memory with anything in it; undefined when there is not enough left. */
  take(bytes: number): Buffer | undefined {
    if (this.#usedBytes + bytes > this.bytesMax) return undefined
    this.#usedBytes += bytes
    const kept = this.#free.get(bytes)?.pop()
    if (kept !== undefined) {
      this.#freeBytes -= bytes
      return kept
    }
    this.#makeRoom()
    return Buffer.allocUnsafeSlow(bytes)
  }

  /** Memory that nobody reads or writes any more, whole, as it was taken. */
  give(memory: Buffer): void {
    this.#usedBytes -= memory.length
    const kept = this.#free.get(memory.length)
    if (kept !== undefined) kept.push(memory)
    else this.#free.set(memory.length, [memory])
    this.#freeBytes += memory.length
    this.#makeRoom()
  }

  /** As `give`, but somebody may still read it: it is not used again. */
  abandon(memory: Buffer): void {
    this.#usedBytes -= memory.length
  }

  /** Counts memory that was not taken here, as that of compressed batches. */
  count(bytes: number): void {
    this.#usedBytes += bytes
    this.#makeRoom()
  }

  #makeRoom(): void {
    if (this.#usedBytes + this.#freeBytes <= this.bytesMax) return
    for (const [bytes, kept] of this.#free) {
      while (kept.length > 0 && this.#usedBytes + this.#freeBytes > this.bytesMax) {
        kept.pop()
        this.#freeBytes -= bytes
      }
      if (kept.length === 0) this.#free.delete(bytes)
    }
  }
}

// Where the batches that stay are put together, one behind the other, in memory that is lent for it. What does not fit moves to larger
// memory: batches may be longer than they were, compressed by another compressor.

export class RetainedBytes {
  #memory: Buffer
  #length = 0
  /** The lent memory was too small: the bytes are somewhere else. */
  hasMoved = false

  constructor(memory: Buffer) {
    this.#memory = memory
  }

  /** Room for the next batch, to be filled. */
  reserve(size: number): Buffer {
    const start = this.#length
    this.#length += size
    if (this.#length > this.#memory.length) this.#move()
    return this.#memory.subarray(start, this.#length)
  }

  add(batch: Buffer): void {
    this.reserve(batch.length).set(batch)
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length)
  }

  #move(): void {
    const larger = Buffer.allocUnsafeSlow(2 * this.#length)
    this.#memory.copy(larger)
    this.#memory = larger
    this.hasMoved = true
  }
}

// The memory that one cleaner reads into and writes from, lent again and again: new memory for each chunk costs the kernel more, page by
// page, than reading into it. Threads share it, so that nothing is copied between them.

export class ChunkMemory {
  readonly bytesMax: number
  readonly #read: SharedArrayBuffer
  /** For what is left of a chunk. */
  readonly retained: SharedArrayBuffer

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
    this.#read = new SharedArrayBuffer(bytesMax)
    this.retained = new SharedArrayBuffer(bytesMax)
  }

  /** So much to read into, until the next call. For a batch that is larger than a chunk it is memory of its own. */
  room(bytes: number): Buffer {
    return Buffer.from(bytes <= this.bytesMax ? this.#read : new SharedArrayBuffer(bytes), 0, bytes)
  }
}

// Memory for the frames of large requests, used again and again.
//
// Without this each produce request is memory of its own from the system, and the garbage collector runs for megabytes of
// buffers that live for milliseconds: it took more than half of the broker's CPU while records were produced.
// Invariant: what is given back is looked at by nobody any more. Whoever is not sure does not give it back, and the garbage
// collector has it.

export interface FrameBuffersOptions {
  /** Kept unused at most; beyond that, what is given back is let go of. */
  readonly idleBytesMax?: number
  /** Smaller frames are cut from Node's own pool. */
  readonly frameBytesMin?: number
  /** Larger frames come too rarely to keep memory for them. */
  readonly frameBytesMax?: number
  /** Overwrites what is given back, so that a test sees whoever still looks at it. */
  readonly poisons?: boolean
  /** Makes memory of so many bytes where none is left to be used again. */
  readonly allocate?: (bytes: number) => ArrayBufferLike
}

const idleBytesMaxDefault = 32 * 1024 * 1024
const frameBytesMinDefault = 8 * 1024
const frameBytesMaxDefault = 4 * 1024 * 1024
const poison = 0xdd

export class FrameBuffers {
  readonly #idleBytesMax: number
  readonly #frameBytesMin: number
  readonly #frameBytesMax: number
  readonly #poisons: boolean
  readonly #allocate: (bytes: number) => ArrayBufferLike
  /** By size. */
  readonly #idle = new Map<number, ArrayBufferLike[]>()
  #idleBytes = 0

  constructor(options: FrameBuffersOptions = {}) {
    this.#idleBytesMax = options.idleBytesMax ?? idleBytesMaxDefault
    this.#frameBytesMin = options.frameBytesMin ?? frameBytesMinDefault
    this.#frameBytesMax = options.frameBytesMax ?? frameBytesMaxDefault
    this.#poisons = options.poisons ?? false
    this.#allocate = options.allocate ?? (bytes => new ArrayBuffer(bytes))
  }

  /** Kept and unused. */
  get idleBytes(): number {
    return this.#idleBytes
  }

  /** Whether buffers of that length are used again. */
  keeps(bytes: number): boolean {
    return bytes >= this.#frameBytesMin && bytes <= this.#frameBytesMax
  }

  /** A buffer of exactly that length, with anything in it. */
  take(bytes: number): Buffer {
    if (!this.keeps(bytes)) return Buffer.allocUnsafe(bytes)
    const size = sizeFor(bytes)
    const memory = this.#idle.get(size)?.pop()
    if (memory === undefined) return Buffer.from(this.#allocate(size), 0, bytes)
    this.#idleBytes -= size
    return Buffer.from(memory, 0, bytes)
  }

  /** Takes a buffer back that came from `take` and that nobody looks at any more. */
  give(buffer: Buffer): void {
    const memory = buffer.buffer
    const size = memory.byteLength
    const isOurs = this.keeps(buffer.length) && size === sizeFor(buffer.length)
    if (!isOurs || buffer.byteOffset !== 0) return
    if (this.#poisons) buffer.fill(poison)
    if (this.#idleBytes + size > this.#idleBytesMax) return
    const idle = this.#idle.get(size)
    if (idle === undefined) this.#idle.set(size, [memory])
    else idle.push(memory)
    this.#idleBytes += size
  }
}

/** The next of 4, 5, 6, 7 times a power of two: few sizes, and little memory lost to them. */
function sizeFor(bytes: number): number {
  const step = Math.max(64, 2 ** (Math.floor(Math.log2(Math.max(1, bytes - 1))) - 2))
  return Math.ceil(bytes / step) * step
}

// Cuts frames (an int32 length, then as many bytes) out of a stream of chunks that were cut anywhere.
//
// Invariant: a byte that arrived is copied at most once, from the chunk into the buffer of its frame, or not at all, when it is
// received into `room`; nothing of a chunk is kept, so that whoever received it may receive into the same memory again. The
// exception is what arrives behind a frame that there is no memory for yet: it is set aside, and copied once more.
// Source: org.apache.kafka.common.network.NetworkReceive, Kafka 4.3.0.

import { DecodeError } from './wire/decode-error.ts'

const lengthBytes = 4
/** A read for fewer bytes than this costs more than their copy. */
const roomBytesMin = 4096

export class FrameCutter {
  readonly #frameBytesMax: number
  readonly #admit: (bytes: number) => boolean
  readonly #allocate: (bytes: number) => Buffer
  /** Whole, in order, not yet asked for. */
  #frames: Buffer[] = []
  #frameBytes = 0
  /** Of the length that is next: how many bytes of it came, and what they say. */
  #lengthFilled = 0
  #length = 0
  /** The frame under way. */
  #partial: Buffer | undefined
  #filled = 0
  /** The length of the frame that is not admitted yet. */
  #refusedLength: number | undefined
  /** What arrived behind that length. */
  #aside: Buffer | undefined
  #error: DecodeError | undefined

  /**
   * `frameBytesMax`: of the header and body of one frame. `admit` is asked before there is a buffer for a frame; false holds
   * up the cutter until a later `next`. `allocate` makes the buffer of a frame.
   */
  constructor(
    frameBytesMax: number,
    admit: (bytes: number) => boolean = () => true,
    allocate: (bytes: number) => Buffer = bytes => Buffer.allocUnsafe(bytes),
  ) {
    this.#frameBytesMax = frameBytesMax
    this.#admit = admit
    this.#allocate = allocate
  }

  /** The next frame was not admitted. */
  get isHeldUp(): boolean {
    return this.#refusedLength !== undefined && this.#frames.length === 0
  }

  /** Bytes held: arrived, but not yet answered as a frame. */
  get heldBytes(): number {
    return this.#frameBytes + this.#filled + (this.#aside?.length ?? 0) + this.#lengthFilled
  }

  /** Where the next bytes belong, when a frame is under way and much of it is to come: received there, they are told by `filled`. */
  get room(): Buffer | undefined {
    const partial = this.#partial
    if (partial === undefined || partial.length - this.#filled < roomBytesMin) return undefined
    return partial.subarray(this.#filled)
  }

  /** So many bytes were put where `room` begins. */
  filled(bytes: number): void {
    const partial = this.#partial
    if (partial === undefined) throw new Error('bytes were put into a frame that is not under way')
    this.#filled += bytes
    if (this.#filled === partial.length) this.#finish(partial)
  }

  /** The chunk is read during the call and not kept. A caller that stops asking for frames must stop pushing. */
  push(chunk: Buffer): void {
    if (this.#error !== undefined) return
    if (this.#refusedLength !== undefined) this.#setAside(chunk, 0)
    else this.#setAside(chunk, this.#cut(chunk))
  }

  /** The next whole frame without its length, or undefined when it has not arrived. Throws DecodeError on an illegal length. */
  next(): Buffer | undefined {
    if (this.#frames.length === 0 && this.#refusedLength !== undefined) this.#tryAgain(this.#refusedLength)
    const frame = this.#frames.shift()
    if (frame !== undefined) this.#frameBytes -= frame.length
    else if (this.#error !== undefined) throw this.#error
    return frame
  }

  #setAside(chunk: Buffer, from: number): void {
    if (from === chunk.length) return
    const rest = chunk.subarray(from)
    this.#aside = this.#aside === undefined ? Buffer.from(rest) : Buffer.concat([this.#aside, rest])
  }

  #tryAgain(length: number): void {
    const aside = this.#aside ?? Buffer.alloc(0)
    if (!this.#begin(length)) return
    this.#aside = undefined
    const rest = this.#cut(aside)
    if (rest < aside.length) this.#aside = aside.subarray(rest)
  }

  /** Answers how much of the chunk is used up: all of it, unless a frame is not admitted. */
  #cut(chunk: Buffer): number {
    let at = 0
    while (at < chunk.length) {
      if (this.#partial === undefined) {
        at = this.#readLength(chunk, at)
        if (this.#lengthFilled < lengthBytes) return at
        this.#lengthFilled = 0
        this.#error = this.#illegal(this.#length)
        if (this.#error !== undefined) return chunk.length
        if (!this.#begin(this.#length)) return at
      }
      if (this.#partial !== undefined) at = this.#fill(this.#partial, chunk, at)
    }
    return at
  }

  /** The chunk may end within the length. */
  #readLength(chunk: Buffer, from: number): number {
    if (this.#lengthFilled === 0 && chunk.length - from >= lengthBytes) {
      this.#length = chunk.readInt32BE(from)
      this.#lengthFilled = lengthBytes
      return from + lengthBytes
    }
    let at = from
    for (; at < chunk.length && this.#lengthFilled < lengthBytes; at += 1, this.#lengthFilled += 1) {
      this.#length = (this.#length << 8) | chunk[at]!
    }
    return at
  }

  #illegal(length: number): DecodeError | undefined {
    if (length < 0) return new DecodeError(`a frame of ${length} bytes was announced`)
    if (length <= this.#frameBytesMax) return undefined
    return new DecodeError(`a frame of ${length} bytes was announced; at most ${this.#frameBytesMax} are read`)
  }

  #begin(length: number): boolean {
    const isAdmitted = this.#admit(length)
    this.#refusedLength = isAdmitted ? undefined : length
    if (!isAdmitted) return false
    this.#partial = this.#allocate(length)
    if (length === 0) this.#finish(this.#partial)
    return true
  }

  #fill(partial: Buffer, chunk: Buffer, from: number): number {
    const count = Math.min(chunk.length - from, partial.length - this.#filled)
    chunk.copy(partial, this.#filled, from, from + count)
    this.#filled += count
    if (this.#filled === partial.length) this.#finish(partial)
    return from + count
  }

  #finish(frame: Buffer): void {
    this.#frames.push(frame)
    this.#frameBytes += frame.length
    this.#partial = undefined
    this.#filled = 0
  }
}

// Memory for the answers to fetches. An answer is received into memory of an earlier one where that is looked at by nobody any more:
// its batches are processed, and nothing of it was given away (HeldAnswer.isKept). Otherwise into new memory.
// Invariant: what is freed was taken here: small answers are cut from memory that Node shares out, which is nobody's to give back.

import { FrameBuffers } from '../../protocol/frame-buffers.ts'
import { CollectedMemory } from './collected-memory.ts'

const megabyte = 1024 * 1024
/** Larger answers are the garbage collector's. */
const answerBytesMax = 64 * megabyte

export class AnswerMemory {
  readonly #frames: FrameBuffers
  readonly #collected = new CollectedMemory()
  readonly #taken = new WeakMap<ArrayBufferLike, Buffer>()

  /** `poisons`: what is freed is overwritten, so that a test sees whoever still looks at it. */
  constructor(options: { readonly poisons?: boolean } = {}) {
    const { allocate } = this.#collected
    this.#frames = new FrameBuffers({
      frameBytesMax: answerBytesMax,
      idleBytesMax: answerBytesMax,
      allocate,
      ...options,
    })
  }

  readonly take = (bytes: number): Buffer => {
    const buffer = this.#frames.take(bytes)
    if (this.#frames.keeps(bytes)) this.#taken.set(buffer.buffer, buffer)
    return buffer
  }

  readonly free = (memory: ArrayBufferLike): void => {
    const buffer = this.#taken.get(memory)
    if (buffer === undefined) return
    this.#taken.delete(memory)
    this.#frames.give(buffer)
  }
}

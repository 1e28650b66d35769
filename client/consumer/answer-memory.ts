// Memory for the answers to fetches. An answer is received into memory of an earlier one where that is looked at by nobody any more:
// its batches are processed, and nothing of it was given away (HeldAnswer.isKept). Otherwise into new memory.
// Invariant: what is freed was taken here: small answers are cut from memory that Node shares out, which is nobody's to give back.

import { FrameBuffers } from '../../protocol/frame-buffers.ts'
import { CollectedMemory } from './collected-memory.ts'

const megabyte = 1024 * 1024
/** Larger answers are the garbage collector's. */
const answerBytesMax = 64 * megabyte

/** On memory that was taken here and is in use. Not a WeakMap: what is a key of one outlives scavenges, and all of it is marked then. */
const inUse = Symbol('in use')
type Marked = ArrayBufferLike & { [inUse]?: boolean }

export class AnswerMemory {
  readonly #frames: FrameBuffers

  /** `poisons`: what is freed is overwritten, so that a test sees whoever still looks at it. */
  constructor(options: { readonly poisons?: boolean } = {}) {
    const { allocate } = new CollectedMemory()
    this.#frames = new FrameBuffers({
      frameBytesMax: answerBytesMax,
      idleBytesMax: answerBytesMax,
      allocate,
      ...options,
    })
  }

  readonly take = (bytes: number): Buffer => {
    const buffer = this.#frames.take(bytes)
    const memory: Marked = buffer.buffer
    if (this.#frames.keeps(bytes)) memory[inUse] = true
    return buffer
  }

  readonly free = (memory: Marked): void => {
    if (memory[inUse] !== true) return
    memory[inUse] = false
    this.#frames.give(Buffer.from(memory))
  }
}

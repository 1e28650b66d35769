// The requests of one connection that are under way, in arrival order, and their answers as they are settled in any order.
// Invariant: what `takeSettled` answers is a prefix of the queue, so answers leave in the order of their requests.

import type { SendPart } from '../../io/net.ts'
import { isFilePart } from '../../io/send-part.ts'
import type { ApiCounters } from '../metrics/api-counters.ts'
import type { Handler } from './handler.ts'

/** A request under way. */
export interface Slot {
  readonly handler: Handler
  readonly apiVersion: number
  readonly correlationId: number
  readonly counters: ApiCounters
  readonly decidedMs: number
  /** The request, as it came. */
  readonly frame: Buffer
  /** Nobody looks at the frame any more. */
  isFrameFree: boolean
  /** Taken from the memory budget for it. */
  reservedBytes: number
  /** Counts among the requests that wait for our own work. */
  isQueued: boolean
  isSettled: boolean
  /** The answer did not come in the turn of the loop that decided the request. */
  isLater: boolean
  /** Once settled: what is to be sent; undefined for nothing. */
  parts: readonly SendPart[] | undefined
  /** The connection ends in place of an answer. */
  closes: boolean
  /** To be called when the parts have been sent or never will be. */
  releases: (() => void)[] | undefined
}

export interface Settled {
  readonly slots: readonly Slot[]
  readonly parts: readonly SendPart[]
  /** The connection is to be closed behind the parts. */
  readonly closes: boolean
}

const nothingSettled: Settled = { slots: [], parts: [], closes: false }

export class AnswerQueue {
  #slots: Slot[] = []
  #bytes = 0
  #answerBytes = 0

  get count(): number {
    return this.#slots.length
  }
  /** Of the requests' frames. */
  get bytes(): number {
    return this.#bytes
  }

  /** Memory of the answers that wait to be sent; ranges of files take none. */
  get answerBytes(): number {
    return this.#answerBytes
  }

  /** Answers that wait for those before them. */
  get waitingCount(): number {
    return this.#slots.reduce((count, slot) => (slot.isSettled ? count + 1 : count), 0)
  }

  add(
    request: Omit<Slot, 'isFrameFree' | 'isQueued' | 'isSettled' | 'isLater' | 'parts' | 'closes' | 'releases'>,
  ): Slot {
    const { handler, apiVersion, correlationId, counters, decidedMs, frame, reservedBytes } = request
    // Each field by its name, which is cheaper than a spread, and one shape for all slots.
    const slot: Slot = {
      handler,
      apiVersion,
      correlationId,
      counters,
      decidedMs,
      frame,
      isFrameFree: false,
      reservedBytes,
      isQueued: false,
      isSettled: false,
      isLater: false,
      parts: undefined,
      closes: false,
      releases: undefined,
    }
    this.#slots.push(slot)
    this.#bytes += frame.length
    return slot
  }

  /** The request is answered: `parts` undefined for nothing. */
  settle(slot: Slot, parts: readonly SendPart[] | undefined): void {
    slot.parts = parts
    slot.isSettled = true
    this.#answerBytes += memoryOf(parts)
  }

  /** Takes the requests at the head whose answers may leave now. */
  takeSettled(): Settled {
    if (this.#slots[0]?.isSettled !== true) return nothingSettled
    const parts: SendPart[] = []
    let count = 0
    let closes = false
    while (count < this.#slots.length && this.#slots[count]!.isSettled && !closes) {
      const slot = this.#slots[count++]!
      closes = slot.closes
      this.#bytes -= slot.frame.length
      this.#answerBytes -= memoryOf(slot.parts)
      if (slot.parts !== undefined && !closes) for (const part of slot.parts) parts.push(part)
    }
    return { slots: this.#slots.splice(0, count), parts, closes }
  }

  /** Takes everything: nothing will be sent any more. */
  takeAll(): readonly Slot[] {
    const slots = this.#slots
    this.#slots = []
    this.#bytes = 0
    this.#answerBytes = 0
    return slots
  }
}

function memoryOf(parts: readonly SendPart[] | undefined): number {
  let bytes = 0
  if (parts !== undefined) for (const part of parts) if (!isFilePart(part)) bytes += part.length
  return bytes
}

/** Lets go of what the answer held. */
export function release(slot: Slot): void {
  const { releases } = slot
  slot.releases = undefined
  if (releases !== undefined) for (const each of releases) each()
}

// A log holds what producers sent to it, byte for byte, and nothing else.
// Invariant: every batch read has the content of one that was sent, and each that was sent stands at one place at most.
// The simulator's producers never send the same content twice but as a repetition of the same idempotent batch.
//
// A place below the log start does not count: where all records of a log have been deleted, a start after a crash knows its
// producers no more, in Kafka as here, and stores what one of them sends again.

import { batchName, type StoredBatch } from './stored-batch.ts'
import type { Violation } from './violation.ts'

export class ReadsEqualWrites {
  readonly #place: string
  /** By content: where it was seen, undefined while nowhere. */
  readonly #sent = new Map<string, number | undefined>()

  constructor(place: string) {
    this.#place = place
  }

  /** The content is on its way: from now on it may be stored, whatever is answered. */
  send(content: string): void {
    if (!this.#sent.has(content)) this.#sent.set(content, undefined)
  }

  read(batch: StoredBatch, logStartOffset = 0): Violation[] {
    const { content, firstOffset } = batch
    if (!this.#sent.has(content)) {
      return [{ name: 'recordsNeverWritten', what: `${this.#place}: nobody sent ${batchName(batch)}` }]
    }
    const before = this.#sent.get(content)
    this.#sent.set(content, firstOffset)
    if (before === undefined || before === firstOffset || before < logStartOffset) return []
    return [{ name: 'recordsStoredTwice', what: `${this.#place}: ${batchName(batch)} stands at ${before} too` }]
  }

  /** What lay from here on was lost; its producer may send it again. */
  forgetFrom(offset: number): void {
    for (const [content, at] of this.#sent) if (at !== undefined && at >= offset) this.#sent.set(content, undefined)
  }
}

// What a producer was told is stored, and what a consumer was shown, is there as long as nobody deletes it.
// Invariant: every promised batch that does not lie below the log start is in the log, at its offsets, with its bytes.

import { batchName, type StoredBatch } from './stored-batch.ts'
import type { Violation } from './violation.ts'

/** All that a partition holds, read from its start to its end. */
export interface StoredLog {
  readonly startOffset: number
  /** Behind the last record. */
  readonly endOffset: number
  readonly batches: readonly StoredBatch[]
}

export class AcknowledgedRecordsSurvive {
  readonly #place: string
  readonly #promised = new Map<number, StoredBatch>()
  #promisedEnd = 0

  constructor(place: string) {
    this.#place = place
  }

  /** Behind the last promised record. */
  get promisedEnd(): number {
    return this.#promisedEnd
  }

  promise(batch: StoredBatch): void {
    this.#promised.set(batch.firstOffset, batch)
    this.#promisedEnd = Math.max(this.#promisedEnd, batch.lastOffset + 1)
  }

  checkEnd(endOffset: number): Violation[] {
    if (endOffset >= this.#promisedEnd) return []
    const what = `${this.#place} ends at ${endOffset}, records up to ${this.#promisedEnd - 1} were promised`
    return [{ name: 'acknowledgedRecordsLost', what }]
  }

  checkLog({ startOffset, batches }: StoredLog): Violation[] {
    const stored = new Map(batches.map(batch => [batch.firstOffset, batch]))
    const violations: Violation[] = []
    for (const batch of this.#promised.values()) {
      // A batch that the log start cuts may still be there or not.
      if (batch.firstOffset < startOffset) continue
      const found = stored.get(batch.firstOffset)
      if (found?.content === batch.content && found.lastOffset === batch.lastOffset) continue
      const what = `${this.#place}: ${batchName(batch)} was promised, found ${found ? batchName(found) : 'nothing'}`
      violations.push({ name: 'acknowledgedRecordsLost', what })
    }
    return violations
  }

  /** A loss that the durability of the partition allows. */
  forgetFrom(offset: number): void {
    for (const [first, { lastOffset }] of this.#promised) if (lastOffset >= offset) this.#promised.delete(first)
    this.#promisedEnd = Math.min(this.#promisedEnd, offset)
  }
}

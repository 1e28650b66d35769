// What was once seen at an offset, by the producer that was told it or by a consumer, is seen there for ever.
// Invariant: an offset belongs to one batch at most. `offsetUsedTwice` is the breach where batches overlap,
// `recordsChanged` the one where the same offsets have other bytes.

import { batchName, type StoredBatch } from './stored-batch.ts'
import type { Violation } from './violation.ts'

export class RecordsNeverChange {
  readonly #place: string
  /** By each of the offsets of a batch. */
  readonly #byOffset = new Map<number, StoredBatch>()

  constructor(place: string) {
    this.#place = place
  }

  see(batch: StoredBatch): Violation[] {
    const { firstOffset, lastOffset } = batch
    const known = this.#byOffset.get(firstOffset)
    if (known?.firstOffset === firstOffset && known.lastOffset === lastOffset) {
      return known.content === batch.content ? [] : [this.#violation('recordsChanged', known, batch)]
    }
    for (let offset = firstOffset; offset <= lastOffset; offset++) {
      const other = this.#byOffset.get(offset)
      if (other) return [this.#violation('offsetUsedTwice', other, batch)]
    }
    for (let offset = firstOffset; offset <= lastOffset; offset++) this.#byOffset.set(offset, batch)
    return []
  }

  /** What lay from here on was lost and never promised: its offsets may be used again. */
  forgetFrom(offset: number): void {
    for (const [known, batch] of this.#byOffset) if (batch.lastOffset >= offset) this.#byOffset.delete(known)
  }

  #violation(name: string, known: StoredBatch, found: StoredBatch): Violation {
    return { name, what: `${this.#place}: ${batchName(found)}, where ${batchName(known)} was seen before` }
  }
}

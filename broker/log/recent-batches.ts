// Where the last batches of a log lie, so that consumers at its end are answered without looking into a file.
//
// A ring: full, the oldest batch is forgotten; whoever reads there goes by the index.
// Invariant: entries rise in offset and follow each other in the log.

import type { Offset, Position } from '../../protocol/types.ts'
import type { BatchPlace, LogSegment } from './segment.ts'

/** Batches remembered per log. */
export const recentBatchesMax = 256

/** A batch's numbers, side by side in one array. */
const [baseOffsetAt, lastOffsetAt, positionAt, sizeAt, numbersPerBatch] = [0, 1, 2, 3, 4]

export class RecentBatches {
  // Plain arrays, which grow by themselves: a typed one costs a log that holds a batch or two more than all the rest of it.
  #numbers: number[] = []
  #segments: LogSegment[] = []
  /** How many were ever added; the last of them are there. */
  #added = 0

  add(segment: LogSegment, position: Position, size: number, baseOffset: Offset, lastOffset: Offset): void {
    const slot = this.#added % recentBatchesMax
    const numbers = this.#numbers
    const at = slot * numbersPerBatch
    numbers[at + baseOffsetAt] = baseOffset
    numbers[at + lastOffsetAt] = lastOffset
    numbers[at + positionAt] = position
    numbers[at + sizeAt] = size
    this.#segments[slot] = segment
    this.#added += 1
  }

  clear(): void {
    this.#numbers = []
    this.#segments = []
    this.#added = 0
  }

  /** The batch that holds the offset, or the first one behind it; undefined when that may be one that is not remembered. */
  find(offset: Offset): (BatchPlace & { readonly segment: LogSegment }) | undefined {
    const count = this.#segments.length
    if (count === 0 || offset < this.#number(0, baseOffsetAt)) return undefined
    let low = 0
    let high = count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#number(middle, lastOffsetAt) < offset) low = middle + 1
      else high = middle
    }
    if (low === count) return undefined
    return {
      segment: this.#segments[this.#slot(low)]!,
      baseOffset: this.#number(low, baseOffsetAt),
      position: this.#number(low, positionAt),
      size: this.#number(low, sizeAt),
    }
  }

  #number(index: number, which: number): number {
    return this.#numbers[this.#slot(index) * numbersPerBatch + which]!
  }

  /** Of the batch that is the `index`th oldest of those that are there. */
  #slot(index: number): number {
    return (this.#added - this.#segments.length + index) % recentBatchesMax
  }
}

// Where the last batches of a log lie, so that consumers at its end are answered without looking into a file.
//
// A ring: full, the oldest batch is forgotten; whoever reads there goes by the index.
// Invariant: entries rise in offset and follow each other in the log.
// A log that nobody writes to has no ring, and one that holds little has a small one: there may be ten thousand of them.

import type { Offset, Position } from '../../protocol/types.ts'
import type { BatchPlace, LogSegment } from './segment.ts'

/** Batches remembered per log. */
export const recentBatchesMax = 256
const firstCapacity = 4
const growth = 4

/** A batch's numbers, side by side in one array. */
const [baseOffsetAt, lastOffsetAt, positionAt, sizeAt, numbersPerBatch] = [0, 1, 2, 3, 4]
const noNumbers = new Float64Array(0)

export class RecentBatches {
  #capacity = 0
  #numbers = noNumbers
  #segments: LogSegment[] = []
  /** How many were ever added; the last `#count` of them are there. */
  #added = 0
  #count = 0

  add(segment: LogSegment, position: Position, size: number, baseOffset: Offset, lastOffset: Offset): void {
    if (this.#count === this.#capacity && this.#capacity < recentBatchesMax) this.#grow()
    const slot = this.#added % this.#capacity
    const numbers = this.#numbers
    const at = slot * numbersPerBatch
    numbers[at + baseOffsetAt] = baseOffset
    numbers[at + lastOffsetAt] = lastOffset
    numbers[at + positionAt] = position
    numbers[at + sizeAt] = size
    this.#segments[slot] = segment
    this.#added += 1
    if (this.#count < this.#capacity) this.#count += 1
  }

  clear(): void {
    this.#capacity = 0
    this.#numbers = noNumbers
    this.#segments = []
    this.#added = 0
    this.#count = 0
  }

  /** The batch that holds the offset, or the first one behind it; undefined when that may be one that is not remembered. */
  find(offset: Offset): (BatchPlace & { readonly segment: LogSegment }) | undefined {
    if (this.#count === 0 || offset < this.#number(0, baseOffsetAt)) return undefined
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#number(middle, lastOffsetAt) < offset) low = middle + 1
      else high = middle
    }
    if (low === this.#count) return undefined
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

  #slot(index: number): number {
    return (this.#added - this.#count + index) % this.#capacity
  }

  // Only while the ring was never full before: then the entries lie in order from the first slot on.
  #grow(): void {
    const capacity = Math.min(recentBatchesMax, Math.max(firstCapacity, this.#capacity * growth))
    const order = Array.from({ length: this.#count }, (_, index) => this.#slot(index))
    const numbers = new Float64Array(capacity * numbersPerBatch)
    const segments = new Array<LogSegment>(capacity)
    for (const [index, slot] of order.entries()) {
      const from = slot * numbersPerBatch
      numbers.set(this.#numbers.subarray(from, from + numbersPerBatch), index * numbersPerBatch)
      segments[index] = this.#segments[slot]!
    }
    this.#numbers = numbers
    this.#segments = segments
    this.#capacity = capacity
    this.#added = this.#count
  }
}

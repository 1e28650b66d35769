// Where the last batches of a log lie, so that consumers at its end are answered without looking into a file.
//
// A ring: full, the oldest batch is forgotten; whoever reads there goes by the index.
// Invariant: entries rise in offset and follow each other in the log.

import type { Offset, Position } from '../../protocol/types.ts'
import type { BatchPlace, LogSegment } from './segment.ts'

/** Batches remembered per log. */
export const recentBatchesMax = 256
const firstCapacity = 8

export class RecentBatches {
  #capacity = 0
  #baseOffsets = new Float64Array(0)
  #lastOffsets = new Float64Array(0)
  #positions = new Float64Array(0)
  #sizes = new Float64Array(0)
  #segments: LogSegment[] = []
  /** How many were ever added; the last `#count` of them are there. */
  #added = 0
  #count = 0

  add(segment: LogSegment, position: Position, size: number, baseOffset: Offset, lastOffset: Offset): void {
    if (this.#count === this.#capacity && this.#capacity < recentBatchesMax) this.#grow()
    const slot = this.#added % this.#capacity
    this.#baseOffsets[slot] = baseOffset
    this.#lastOffsets[slot] = lastOffset
    this.#positions[slot] = position
    this.#sizes[slot] = size
    this.#segments[slot] = segment
    this.#added += 1
    if (this.#count < this.#capacity) this.#count += 1
  }

  clear(): void {
    this.#count = 0
    this.#segments = []
  }

  /** The batch that holds the offset, or the first one behind it; undefined when that may be one that is not remembered. */
  find(offset: Offset): (BatchPlace & { readonly segment: LogSegment }) | undefined {
    if (this.#count === 0 || offset < this.#baseOffsets[this.#slot(0)]!) return undefined
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#lastOffsets[this.#slot(middle)]! < offset) low = middle + 1
      else high = middle
    }
    if (low === this.#count) return undefined
    const slot = this.#slot(low)
    return {
      segment: this.#segments[slot]!,
      baseOffset: this.#baseOffsets[slot]!,
      position: this.#positions[slot]!,
      size: this.#sizes[slot]!,
    }
  }

  #slot(index: number): number {
    return (this.#added - this.#count + index) % this.#capacity
  }

  // Only while the ring is not full: then the entries lie in order from the slot of the first one on.
  #grow(): void {
    const capacity = Math.min(recentBatchesMax, Math.max(firstCapacity, this.#capacity * 4))
    const order = Array.from({ length: this.#count }, (_, index) => this.#slot(index))
    const moved = (from: Float64Array<ArrayBuffer>) => {
      const to = new Float64Array(capacity)
      for (const [index, slot] of order.entries()) to[index] = from[slot]!
      return to
    }
    this.#baseOffsets = moved(this.#baseOffsets)
    this.#lastOffsets = moved(this.#lastOffsets)
    this.#positions = moved(this.#positions)
    this.#sizes = moved(this.#sizes)
    this.#segments = order.map(slot => this.#segments[slot]!)
    this.#capacity = capacity
    this.#added = this.#count
  }
}

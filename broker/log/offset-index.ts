// The offset index of a segment: offset -> position of a batch, for about one batch in index.interval.bytes.
//
// An entry is 8 bytes: int32 offset relative to the segment's base, int32 position. The offset is that of the batch's last
// record, the position that of the batch's first byte.
// Invariant: entries rise strictly in offset. The index may lag the log and is never trusted after a crash: recovery
// rebuilds it (it has no checksum on disk).
// Source: Kafka 4.3.0's OffsetIndex.

import type { Offset, Position } from '../../protocol/types.ts'
import { IndexEntries, lastAtOrBelow } from './index-entries.ts'

export const offsetIndexEntryBytes = 8
const relativeOffsetMax = 2 ** 31 - 1

/** An entry that would not lie above the last one: the log's offsets do not rise. */
export class IndexOrderError extends Error {
  readonly code = 'INDEX_OUT_OF_ORDER'
}

export interface OffsetPosition {
  readonly offset: Offset
  readonly position: Position
}

export class OffsetIndex {
  readonly baseOffset: Offset
  readonly entries: IndexEntries
  #last: OffsetPosition

  /** `last` is the last entry in the file. */
  constructor(baseOffset: Offset, storedCount = 0, last?: OffsetPosition) {
    this.baseOffset = baseOffset
    this.entries = new IndexEntries(offsetIndexEntryBytes, storedCount)
    this.#last = last ?? { offset: baseOffset, position: 0 }
  }

  /** The last entry; (base offset, 0) when there is none. */
  get last(): OffsetPosition {
    return this.#last
  }

  isFull(indexBytesMax: number): boolean {
    return this.entries.count >= Math.floor(indexBytesMax / offsetIndexEntryBytes)
  }

  /** Whether the offset fits into the 31 bits it has here. */
  canHold(offset: Offset): boolean {
    const relative = offset - this.baseOffset
    return relative >= 0 && relative <= relativeOffsetMax
  }

  append(offset: Offset, position: Position): void {
    if (this.entries.count > 0 && offset <= this.#last.offset) {
      throw new IndexOrderError(`offset ${offset} after ${this.#last.offset} in an index`)
    }
    const { buffer, at } = this.entries.push()
    buffer.writeInt32BE(offset - this.baseOffset, at)
    buffer.writeInt32BE(position, at + 4)
    this.#last = { offset, position }
  }

  /** Whether `lookup` can answer without the part of the file that is not in memory. */
  canLookup(target: Offset): boolean {
    const first = this.entries.firstLoaded
    return first === 0 || (first < this.entries.count && target >= this.#offset(first))
  }

  /** Position of a batch at or before the one that holds the target: of the last entry that is not above it, or 0. */
  lookup(target: Offset): Position {
    const relative = target - this.baseOffset
    const { entries } = this
    const found = lastAtOrBelow(entries.firstLoaded, entries.count, entry => entries.int32(entry, 0) <= relative)
    return found < 0 ? 0 : entries.int32(found, 4)
  }

  /** Offset of the first entry at or behind a position: everything before the position is below it. Needs the whole index. */
  offsetAtOrBehind(position: Position): Offset | undefined {
    const { entries } = this
    const below = lastAtOrBelow(0, entries.count, entry => entries.int32(entry, 4) < position)
    return below + 1 < entries.count ? this.#offset(below + 1) : undefined
  }

  /** Forgets the entries at and above the offset. Needs the whole index. */
  truncateTo(offset: Offset): void {
    const relative = offset - this.baseOffset
    const { entries } = this
    entries.truncate(lastAtOrBelow(0, entries.count, entry => entries.int32(entry, 0) < relative) + 1)
    this.#last = entries.count === 0 ? { offset: this.baseOffset, position: 0 } : this.entry(entries.count - 1)
  }

  /** Needs the whole index. */
  entry(index: number): OffsetPosition {
    return { offset: this.#offset(index), position: this.entries.int32(index, 4) }
  }

  #offset(entry: number): Offset {
    return this.baseOffset + this.entries.int32(entry, 0)
  }
}

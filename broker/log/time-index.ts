// The time index of a segment: largest timestamp so far -> offset of the last record of the batch that has it.
//
// An entry is 12 bytes: int64 timestamp, int32 offset relative to the segment's base.
// Invariant: entries rise strictly in timestamp and never fall in offset: every record with a larger timestamp than an
// entry's lies behind the entry's offset. The last place is kept free for the entry written when the segment is rolled.
// Source: Kafka 4.3.0's TimeIndex.

import { noTimestamp } from '../../protocol/records/batch-header.ts'
import { setInt64At } from '../../protocol/records/int64-at.ts'
import type { Offset } from '../../protocol/types.ts'
import { type Int64, normalizeInt64 } from '../../protocol/wire/int64.ts'
import { IndexEntries, lastAtOrBelow } from './index-entries.ts'
import { IndexOrderError } from './offset-index.ts'

export const timeIndexEntryBytes = 12

export interface TimeIndexEntry {
  readonly timestamp: Int64
  readonly offset: Offset
}

const two32 = 2 ** 32
const safeHighMax = 2 ** 21

export class TimeIndex {
  readonly baseOffset: Offset
  readonly entries: IndexEntries
  #last: TimeIndexEntry

  /** `last` is the last entry in the file. */
  constructor(baseOffset: Offset, storedCount = 0, last?: TimeIndexEntry) {
    this.baseOffset = baseOffset
    this.entries = new IndexEntries(timeIndexEntryBytes, storedCount)
    this.#last = last ?? this.#none()
  }

  /** The last entry; (-1, base offset) when there is none. */
  get last(): TimeIndexEntry {
    return this.#last
  }

  isFull(indexBytesMax: number): boolean {
    return this.entries.count >= Math.floor(indexBytesMax / timeIndexEntryBytes) - 1
  }

  /** Adds an entry when the timestamp is larger than the last one's; otherwise there is nothing to say. */
  maybeAppend(timestamp: Int64, offset: Offset): void {
    if (this.entries.count > 0 && (offset < this.#last.offset || timestamp < this.#last.timestamp)) {
      throw new IndexOrderError(
        `(${timestamp}, ${offset}) after (${this.#last.timestamp}, ${this.#last.offset}) in a time index`,
      )
    }
    if (timestamp <= this.#last.timestamp) return
    const { buffer, at } = this.entries.push()
    setInt64At(buffer, at, timestamp)
    buffer.writeInt32BE(offset - this.baseOffset, at + 8)
    this.#last = { timestamp, offset }
  }

  /** The last entry whose timestamp is not above the target; (-1, base offset) when there is none. Needs the whole index. */
  lookup(target: Int64): TimeIndexEntry {
    const found = lastAtOrBelow(0, this.entries.count, entry => this.#timestamp(entry) <= target)
    return found < 0 ? this.#none() : this.entry(found)
  }

  /** Forgets the entries at and above the offset. Needs the whole index. */
  truncateTo(offset: Offset): void {
    const relative = offset - this.baseOffset
    const { entries } = this
    entries.truncate(lastAtOrBelow(0, entries.count, entry => entries.int32(entry, 8) < relative) + 1)
    this.#last = entries.count === 0 ? this.#none() : this.entry(entries.count - 1)
  }

  /** Needs the whole index. */
  entry(index: number): TimeIndexEntry {
    return { timestamp: this.#timestamp(index), offset: this.baseOffset + this.entries.int32(index, 8) }
  }

  #none(): TimeIndexEntry {
    return { timestamp: noTimestamp, offset: this.baseOffset }
  }

  #timestamp(entry: number): Int64 {
    const high = this.entries.int32(entry, 0)
    const low = this.entries.int32(entry, 4)
    if (high < safeHighMax && high >= -safeHighMax) return high * two32 + (low >>> 0)
    return normalizeInt64((BigInt(high) << 32n) | BigInt(low >>> 0))
  }
}

// Two bits for each offset of the dirty part of a log, in memory that threads share: whether it is the last one of its key, and whether its
// record is a tombstone.
//
// The first pass knows both. The second one then need not hash a key again, nor look it up in a map that no cache of a processor holds, and
// a batch of which nothing stays, or everything, it need not even decompress.
// Invariant: `isLast` is what the offset map answers, for every offset that is covered and not above the map's latest one.

import type { Offset } from '../../../protocol/types.ts'

const bitsPerWord = 32
const bytesPerWord = 4

/** Which offsets have marks, and where they are in the memory. */
export interface MarksPlace {
  readonly byteOffset: number
  readonly firstOffset: Offset
  /** As many offsets from there on. */
  readonly count: number
}

/** Bytes that the marks of so many offsets take. */
export function markBytes(count: number): number {
  return 2 * bytesPerWord * Math.ceil(count / bitsPerWord)
}

export class OffsetMarks {
  readonly #firstOffset: Offset
  readonly #count: number
  readonly #last: Uint32Array
  readonly #tombstones: Uint32Array

  /** `memory` holds what other threads have marked, zeros at first. */
  constructor(memory: ArrayBufferLike, { byteOffset, firstOffset, count }: MarksPlace) {
    const words = Math.ceil(count / bitsPerWord)
    this.#firstOffset = firstOffset
    this.#count = count
    this.#last = new Uint32Array(memory, byteOffset, words)
    this.#tombstones = new Uint32Array(memory, byteOffset + words * bytesPerWord, words)
  }

  /** Whether all offsets from one to another, which is among them, have marks. */
  covers(from: Offset, to: Offset): boolean {
    return from >= this.#firstOffset && to < this.#firstOffset + this.#count
  }

  /** Nothing when the offset has no marks. */
  markLast(offset: Offset): void {
    mark(this.#last, offset - this.#firstOffset, this.#count)
  }

  markTombstone(offset: Offset): void {
    mark(this.#tombstones, offset - this.#firstOffset, this.#count)
  }

  isLast(offset: Offset): boolean {
    const index = offset - this.#firstOffset
    return (this.#last[index >>> 5]! & (1 << (index & 31))) !== 0
  }

  /** How many of some offsets, the last one among them, are the last one of their key. */
  countLast(from: Offset, to: Offset): number {
    return countBits(this.#last, from - this.#firstOffset, to - this.#firstOffset)
  }

  hasTombstones(from: Offset, to: Offset): boolean {
    return countBits(this.#tombstones, from - this.#firstOffset, to - this.#firstOffset) > 0
  }
}

function mark(words: Uint32Array, index: number, count: number): void {
  if (index >= 0 && index < count) words[index >>> 5]! |= 1 << (index & 31)
}

function countBits(words: Uint32Array, from: number, to: number): number {
  const [first, last] = [from >>> 5, to >>> 5]
  let count = 0
  for (let at = first; at <= last; at += 1) {
    let word = words[at]!
    if (at === first) word &= -1 << (from & 31)
    if (at === last) word &= -1 >>> (31 - (to & 31))
    count += bitsIn(word)
  }
  return count
}

/** Hacker's Delight, 5-1. */
function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555)
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}

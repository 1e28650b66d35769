// The last offset of each key in the dirty part of a log: a hash table of digests in memory that threads share.
//
// Keys themselves are not kept, a slot is 24 bytes: four words of the digest, two of the offset plus one (0: the slot is free).
// Invariant: a digest stands in the first slot of its way through the table that was free when it came. Nothing is taken out.
// Full is decided by who fills it: at `slots` times the load factor.
// Source: Kafka 4.3.0's SkimpyOffsetMap.

import type { Offset } from '../../../protocol/types.ts'
import { type GatheredKeys, gatheredKeysMax } from './gathered-keys.ts'
import { KeyDigest } from './key-digest.ts'
import type { OffsetMarks } from './offset-marks.ts'

/** Bytes of memory for each key. */
export const slotBytes = 24

const wordsPerSlot = slotBytes / 4
const wordsPerDigest = 4
/** Words of the digest that name a slot each, before slots are tried one after the other. */
const namedSlots = 4
/** Behind the digests of as many keys as are gathered. */
const sparePlace = gatheredKeysMax * wordsPerDigest
const two32 = 2 ** 32

export interface OffsetMapState {
  readonly size: number
  /** Everything up to here is in the map; -1: nothing. */
  readonly latestOffset: Offset
}

export const emptyOffsetMap: OffsetMapState = { size: 0, latestOffset: -1 }

export class OffsetMap {
  readonly slots: number
  readonly #slotsPerWord: number
  readonly #words: Int32Array
  readonly #digest: KeyDigest
  #size: number
  latestOffset: Offset

  /** `memory` holds what other threads have put, in as many slots; `secret` is the one that they put it with. */
  constructor(
    memory: ArrayBufferLike,
    secret: ArrayLike<number>,
    state: OffsetMapState = emptyOffsetMap,
    slots = Math.floor(memory.byteLength / slotBytes),
  ) {
    this.slots = slots
    this.#slotsPerWord = slots / two32
    this.#words = new Int32Array(memory, 0, this.slots * wordsPerSlot)
    this.#digest = new KeyDigest(secret)
    this.#size = state.size
    this.latestOffset = state.latestOffset
  }

  get size(): number {
    return this.#size
  }

  get state(): OffsetMapState {
    return { size: this.#size, latestOffset: this.latestOffset }
  }

  /** Marks the offsets of all keys. */
  markLast(marks: OffsetMarks): void {
    for (let at = 0; at < this.#words.length; at += wordsPerSlot) {
      if (this.#words[at + 4] !== 0 || this.#words[at + 5] !== 0) marks.markLast(this.#offsetAt(at))
    }
  }

  #offsetAt(at: number): Offset {
    const low = this.#words[at + 4]!
    return low - 1 + (low < 0 ? two32 : 0) + this.#words[at + 5]! * two32
  }

  /** The offset of the key from `start` to `end`, -1 when it has none. */
  get(bytes: Uint8Array, start: number, end: number): Offset {
    this.#digest.hash(bytes, start, end)
    const at = this.#find(0)
    return at < 0 ? -1 : this.#offsetAt(at)
  }

  /** Notes the key's offset. A RangeError when the key is new and no slot is free. */
  put(bytes: Uint8Array, start: number, end: number, offset: Offset): void {
    this.#digest.hash(bytes, start, end)
    this.#put(0, offset)
  }

  /**
   * Notes the offsets of the keys, in order. Answers how many of them: it ends before the first one that comes when there are
   * `keysMax` keys.
   */
  putAll(bytes: Uint8Array, keys: GatheredKeys, keysMax: number): number {
    this.#digest.hashAll(bytes, keys)
    this.#fetchAhead(keys.count)
    for (let index = 0; index < keys.count; index += 1) {
      if (this.#size >= keysMax) return index
      this.#put(index * wordsPerDigest, keys.offsets[index]!)
    }
    return keys.count
  }

  // Nearly every look-up waits for memory that no cache holds. Waits that do not depend on each other pass side by side.
  #fetchAhead(count: number): void {
    let fetched = 0
    for (let index = 0; index < count; index += 1) {
      fetched ^= this.#words[this.#named(this.#digest.words[index * wordsPerDigest]!) * wordsPerSlot + 5]!
    }
    // Kept, so that fetching is not found to be of no use and left out.
    this.#digest.words[sparePlace] = fetched
  }

  /** The digest at this place has the offset. */
  #put(place: number, offset: Offset): void {
    const found = this.#find(place)
    const at = found < 0 ? this.#take(found, place) : found
    this.#words[at + 4] = (offset + 1) | 0
    this.#words[at + 5] = Math.floor((offset + 1) / two32)
    this.latestOffset = offset
  }

  #take(found: number, place: number): number {
    if (this.#size === this.slots) throw new RangeError(`the offset map is full: ${this.#size} keys`)
    const at = -1 - found
    for (let word = 0; word < wordsPerDigest; word += 1) this.#words[at + word] = this.#digest.words[place + word]!
    this.#size += 1
    return at
  }

  /** Where the digest at this place stands; otherwise -1 less the place where it would go. */
  #find(place: number): number {
    const words = this.#words
    const digests = this.#digest.words
    const [a, b, c, d] = [digests[place]!, digests[place + 1]!, digests[place + 2]!, digests[place + 3]!]
    let slot = 0
    for (let attempt = 0; attempt < this.slots + namedSlots; attempt += 1) {
      if (attempt < namedSlots) slot = this.#named(attempt === 0 ? a : attempt === 1 ? b : attempt === 2 ? c : d)
      else slot = slot + 1 === this.slots ? 0 : slot + 1
      const at = slot * wordsPerSlot
      if (words[at + 4] === 0 && words[at + 5] === 0) return -1 - at
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return at
    }
    return -1
  }

  // A part of all slots as large as the word is a part of all words: a remainder would cost more than the rest of a look-up.
  #named(word: number): number {
    return ((word >>> 0) * this.#slotsPerWord) | 0
  }
}

// What the offset map keeps of a key: its MD5 with a secret beginning.
//
// Two keys with one digest would be one key, and the value of one of them would be lost. 128 bits make that impossible by
// chance; the secret makes it impossible on purpose: collisions of MD5 are prepared for a known beginning.
// Source: RFC 1321. Kafka 4.3.0's SkimpyOffsetMap takes MD5 with the beginning that everybody knows.

import { type GatheredKeys, gatheredKeysMax } from './gathered-keys.ts'
import { compileMd5Block, wordsPerBlock, wordsPerState } from './md5-block.ts'

/** The four words MD5 begins with (RFC 1321). */
export const md5Beginning: readonly number[] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]

const blockBytes = 64
/** A key no longer than this is hashed in one block: a one and the length follow it. */
const oneBlockBytesMax = blockBytes - 9

const [hashOne, hashTwo] = [compileMd5Block(1), compileMd5Block(2)]

export class KeyDigest {
  readonly #beginning: Int32Array
  /** Two blocks, as words and as bytes. MD5's words begin with the low byte, and so do those of every processor that Node runs on. */
  readonly #words = new Int32Array(2 * wordsPerBlock)
  readonly #bytes = new Uint8Array(this.#words.buffer)
  /** The digests, four words each. `hash` writes the first one, `hashAll` one for each key. */
  readonly words = new Int32Array(wordsPerState * (gatheredKeysMax + 1))

  constructor(beginning: ArrayLike<number> = md5Beginning) {
    this.#beginning = Int32Array.from(beginning)
  }

  /** Hashes the bytes from `start` to `end`. */
  hash(bytes: Uint8Array, start = 0, end = bytes.length, index = 0): void {
    this.#begin(index)
    const place = index * wordsPerState
    let at = start
    for (; end - at >= blockBytes; at += blockBytes) {
      this.#fill(bytes, at, at + blockBytes, 0)
      hashOne(this.words, place, this.#words)
    }
    this.#clear(0)
    const left = this.#fill(bytes, at, end, 0)
    this.#bytes[left] = 0x80
    if (left > oneBlockBytesMax) {
      hashOne(this.words, place, this.#words)
      this.#clear(0)
    }
    this.#writeLength(end - start, 0)
    hashOne(this.words, place, this.#words)
  }

  /** Hashes all keys, two at a time where they are short. */
  hashAll(bytes: Uint8Array, { starts, ends, count }: GatheredKeys): void {
    for (let index = 0; index < count; index += 1) {
      const second = index + 1
      const areShort =
        second < count &&
        ends[index]! - starts[index]! <= oneBlockBytesMax &&
        ends[second]! - starts[second]! <= oneBlockBytesMax
      if (!areShort) {
        this.hash(bytes, starts[index], ends[index], index)
        continue
      }
      this.#beginShort(bytes, starts[index]!, ends[index]!, index, 0)
      this.#beginShort(bytes, starts[second]!, ends[second]!, second, 1)
      hashTwo(this.words, index * wordsPerState, this.#words)
      index = second
    }
  }

  #beginShort(bytes: Uint8Array, start: number, end: number, index: number, lane: number): void {
    this.#begin(index)
    this.#clear(lane)
    this.#bytes[this.#fill(bytes, start, end, lane)] = 0x80
    this.#writeLength(end - start, lane)
  }

  #begin(index: number): void {
    const place = index * wordsPerState
    for (let word = 0; word < wordsPerState; word += 1) this.words[place + word] = this.#beginning[word]!
  }

  #clear(lane: number): void {
    const [first, behind] = [lane * wordsPerBlock, (lane + 1) * wordsPerBlock]
    for (let word = first; word < behind; word += 1) this.#words[word] = 0
  }

  /** Answers where the bytes end in the blocks. */
  #fill(bytes: Uint8Array, start: number, end: number, lane: number): number {
    let to = lane * blockBytes
    for (let at = start; at < end; at += 1, to += 1) this.#bytes[to] = bytes[at]!
    return to
  }

  // In bits, as 64 of them.
  #writeLength(length: number, lane: number): void {
    const last = (lane + 1) * wordsPerBlock - 1
    this.#words[last - 1] = length * 8
    this.#words[last] = Math.floor(length / 2 ** 29)
  }
}

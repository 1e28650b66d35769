// What the offset map keeps of a key: its MD5 with a secret beginning.
//
// Two keys with one digest would be one key, and the value of one of them would be lost. 128 bits make that impossible by
// chance; the secret makes it impossible on purpose: collisions of MD5 are prepared for a known beginning.
// Source: RFC 1321. Kafka 4.3.0's SkimpyOffsetMap takes MD5 with the beginning that everybody knows.

/** The four words MD5 begins with (RFC 1321). */
export const md5Beginning: readonly number[] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]

const blockBytes = 64
const sines = Int32Array.from({ length: 64 }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32) | 0)

export class KeyDigest {
  readonly #beginning: Int32Array
  readonly #words = new Int32Array(16)
  readonly #rest = new Uint8Array(2 * blockBytes)
  /** The digest of the key hashed last, as words of the low byte first. */
  a = 0
  b = 0
  c = 0
  d = 0

  constructor(beginning: ArrayLike<number> = md5Beginning) {
    this.#beginning = Int32Array.from(beginning)
  }

  /** Hashes the bytes from `start` to `end`. */
  hash(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.a = this.#beginning[0]!
    this.b = this.#beginning[1]!
    this.c = this.#beginning[2]!
    this.d = this.#beginning[3]!
    let at = start
    for (; end - at >= blockBytes; at += blockBytes) this.#block(bytes, at)
    this.#lastBlocks(bytes, at, end, end - start)
  }

  // A one, zeros, and the length in bits.
  #lastBlocks(bytes: Uint8Array, at: number, end: number, length: number): void {
    const rest = this.#rest
    const left = end - at
    const size = left < blockBytes - 8 ? blockBytes : 2 * blockBytes
    for (let index = 0; index < left; index += 1) rest[index] = bytes[at + index]!
    rest[left] = 0x80
    rest.fill(0, left + 1, size)
    const low = (length * 8) >>> 0
    const high = Math.floor(length / 2 ** 29)
    for (let index = 0; index < 4; index += 1) {
      rest[size - 8 + index] = low >>> (8 * index)
      rest[size - 4 + index] = high >>> (8 * index)
    }
    for (let from = 0; from < size; from += blockBytes) this.#block(rest, from)
  }

  #block(bytes: Uint8Array, from: number): void {
    const x = this.#words
    for (let word = 0, at = from; word < 16; word += 1, at += 4) {
      x[word] = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    }
    let { a, b, c, d } = this
    for (let step = 0; step < 16; step += 4) {
      a = (b + turned(a + (d ^ (b & (c ^ d))) + x[step]! + sines[step]!, 7)) | 0
      d = (a + turned(d + (c ^ (a & (b ^ c))) + x[step + 1]! + sines[step + 1]!, 12)) | 0
      c = (d + turned(c + (b ^ (d & (a ^ b))) + x[step + 2]! + sines[step + 2]!, 17)) | 0
      b = (c + turned(b + (a ^ (c & (d ^ a))) + x[step + 3]! + sines[step + 3]!, 22)) | 0
    }
    for (let step = 16, word = 1; step < 32; step += 4, word += 20) {
      a = (b + turned(a + (c ^ (d & (b ^ c))) + x[word & 15]! + sines[step]!, 5)) | 0
      d = (a + turned(d + (b ^ (c & (a ^ b))) + x[(word + 5) & 15]! + sines[step + 1]!, 9)) | 0
      c = (d + turned(c + (a ^ (b & (d ^ a))) + x[(word + 10) & 15]! + sines[step + 2]!, 14)) | 0
      b = (c + turned(b + (d ^ (a & (c ^ d))) + x[(word + 15) & 15]! + sines[step + 3]!, 20)) | 0
    }
    for (let step = 32, word = 5; step < 48; step += 4, word += 12) {
      a = (b + turned(a + (b ^ c ^ d) + x[word & 15]! + sines[step]!, 4)) | 0
      d = (a + turned(d + (a ^ b ^ c) + x[(word + 3) & 15]! + sines[step + 1]!, 11)) | 0
      c = (d + turned(c + (d ^ a ^ b) + x[(word + 6) & 15]! + sines[step + 2]!, 16)) | 0
      b = (c + turned(b + (c ^ d ^ a) + x[(word + 9) & 15]! + sines[step + 3]!, 23)) | 0
    }
    for (let step = 48, word = 0; step < 64; step += 4, word += 28) {
      a = (b + turned(a + (c ^ (b | ~d)) + x[word & 15]! + sines[step]!, 6)) | 0
      d = (a + turned(d + (b ^ (a | ~c)) + x[(word + 7) & 15]! + sines[step + 1]!, 10)) | 0
      c = (d + turned(c + (a ^ (d | ~b)) + x[(word + 14) & 15]! + sines[step + 2]!, 15)) | 0
      b = (c + turned(b + (d ^ (c | ~a)) + x[(word + 21) & 15]! + sines[step + 3]!, 21)) | 0
    }
    this.a = (this.a + a) | 0
    this.b = (this.b + b) | 0
    this.c = (this.c + c) | 0
    this.d = (this.d + d) | 0
  }
}

function turned(sum: number, bits: number): number {
  return (sum << bits) | ((sum | 0) >>> (32 - bits))
}

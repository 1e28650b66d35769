// Chance from a seed: the same seed gives the same numbers on every machine. xoshiro128** 1.1 (Blackman and Vigna), its
// state filled by splitmix32. Not for secrets.

import type { Random } from '../random.ts'

/** Chance that can be split: a fork's numbers do not depend on how many its parent has given out since. */
export interface SeededRandom extends Random {
  /** True with the given probability. */
  chance(probability: number): boolean
  /** One of the items, of which there must be one. */
  pick<Item>(items: readonly Item[]): Item
  /** Another source, which depends on this one's seed and the name only. */
  fork(name: string): SeededRandom
}

/** `seed`: a whole number, of which 53 bits count. */
export function seededRandom(seed: number): SeededRandom {
  const word = generator(seed)
  const next = () => (word() * 2 ** 21 + (word() >>> 11)) / 2 ** 53
  const int = (below: number) => Math.floor(next() * below)
  return {
    next,
    int,
    bytes: count => Buffer.from(Uint8Array.from({ length: count }, () => word() & 0xff)),
    chance: probability => next() < probability,
    pick: items => items[int(items.length)]!,
    fork: name => seededRandom(hashOf(name, seed)),
  }
}

function generator(seed: number): () => number {
  const low = splitmix(seed % 2 ** 32)
  const high = splitmix(Math.floor(seed / 2 ** 32))
  const word = xoshiro128(low(), low(), high(), high())
  // Nearby seeds differ in few bits of the state, which the first numbers would show.
  for (let count = 0; count < 16; count++) word()
  return word
}

function splitmix(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
}

/** Whole numbers of 32 bits, from a state that is not all zero. */
export function xoshiro128(a: number, b: number, c: number, d: number): () => number {
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

// FNV-1a over the name, begun with the seed.
function hashOf(name: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed ^ Math.floor(seed / 2 ** 32)) >>> 0
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0
  return hash
}

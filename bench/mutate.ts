// The ways in which fuzzing damages golden bytes.

import type { Random } from '../io/random.ts'

const interesting = [0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe]

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer

const mutations: Mutation[] = [
  (bytes, random) => {
    bytes[random.int(bytes.length)] = random.int(256)
    return bytes
  },
  (bytes, random) => {
    const at = random.int(bytes.length)
    bytes[at]! ^= 1 << random.int(8)
    return bytes
  },
  (bytes, random) => {
    const at = random.int(bytes.length)
    bytes.fill(interesting[random.int(interesting.length)]!, at, Math.min(bytes.length, at + 1 + random.int(8)))
    return bytes
  },
  (bytes, random) => bytes.subarray(0, random.int(bytes.length + 1)),
  (bytes, random) => {
    const at = random.int(bytes.length)
    const until = at + random.int(bytes.length - at)
    return Buffer.concat([bytes.subarray(0, until), bytes.subarray(at)])
  },
  (bytes, random) => {
    const at = random.int(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.int(9))])
  },
  (bytes, random, other) =>
    Buffer.concat([bytes.subarray(0, random.int(bytes.length)), other.subarray(random.int(other.length + 1))]),
]

/** A damaged copy of `golden`; parts of `other` may be spliced in. */
export function mutate(golden: Buffer, other: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(golden)
  for (let left = 1 + random.int(4); left > 0 && bytes.length > 0; left--) {
    bytes = mutations[random.int(mutations.length)]!(bytes, random, other)
  }
  return bytes
}

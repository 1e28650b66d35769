// Which partition a key belongs to: Java's hash, so that records with a key land where every Java program expects them.
// Source: org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.partitionForKey, Kafka 4.3.0.

const multiplier = 0x5bd1_e995
const seed = 0x9747_b28c

/** The 32-bit murmur2 hash of `bytes[start, end)`, signed as in Java. */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let hash = seed ^ (end - start)
  let at = start
  for (; at + 4 <= end; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    word = Math.imul(word, multiplier)
    word = Math.imul(word ^ (word >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ word
  }
  if (at < end) {
    let rest = bytes[at]!
    if (at + 1 < end) rest |= bytes[at + 1]! << 8
    if (at + 2 < end) rest |= bytes[at + 2]! << 16
    hash = Math.imul(hash ^ rest, multiplier)
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

/** The partition, from 0, of a key in a topic of so many partitions. */
export function partitionForKey(key: Uint8Array, partitions: number, start = 0, end = key.length): number {
  return (murmur2(key, start, end) & 0x7fff_ffff) % partitions
}

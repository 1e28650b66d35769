// By what a group notices that its topics have changed: a number made of their ids, names, partition counts and the racks of
// their replicas. It stands in the group's record, so it must be Kafka's.
// Source: Kafka 4.3.0's Utils.computeTopicHash and computeGroupHash.

import { xxh3 } from './xxh3.ts'

/** What is hashed of a topic. */
export interface HashedTopic {
  readonly name: string
  readonly id: string
  /** By partition, the racks of its replicas. */
  readonly racks: readonly (readonly string[])[]
}

const layoutVersion = 0

export function topicHash({ name, id, racks }: HashedTopic): bigint {
  const uuid = Buffer.from(id, 'base64url')
  const parts = [Buffer.of(layoutVersion), longs(uuid.readBigInt64BE(0), uuid.readBigInt64BE(8))]
  parts.push(text(name), ints(racks.length))
  for (const [partition, partitionRacks] of racks.entries()) {
    parts.push(ints(partition))
    for (const rack of [...partitionRacks].sort()) parts.push(ints(rack.length), text(rack))
  }
  return BigInt.asIntN(64, xxh3(Buffer.concat(parts)))
}

/** Of all topics of a group that exist, by name. 0: none. */
export function groupHash(topicHashes: ReadonlyMap<string, bigint>): bigint {
  if (topicHashes.size === 0) return 0n
  const names = [...topicHashes.keys()].sort()
  return BigInt.asIntN(64, xxh3(longs(...names.map(name => topicHashes.get(name)!))))
}

/** UTF-16 units, then their number. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.from(value, 'utf16le'), ints(value.length)])
}

function ints(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeInt32LE(value, index * 4)
  return bytes
}

function longs(...values: readonly bigint[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 8)
  for (const [index, value] of values.entries()) bytes.writeBigInt64LE(value, index * 8)
  return bytes
}

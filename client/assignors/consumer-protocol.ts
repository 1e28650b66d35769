// The embedded protocol of consumers: what a member says of itself in JoinGroup and is told in SyncGroup, opaque to the
// coordinator. Bytes begin with their version; a reader takes what it knows of a newer one, since every version begins with
// the one before. Source: org.apache.kafka.clients.consumer.internals.ConsumerProtocol, Kafka 4.3.0.

import { consumerProtocolAssignment } from '../../protocol/stored/data/consumer-protocol-assignment.ts'
import { consumerProtocolSubscription } from '../../protocol/stored/data/consumer-protocol-subscription.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'
import { Reader } from '../../protocol/wire/reader.ts'
import type { Schema } from '../../protocol/wire/schema.ts'
import { Writer } from '../../protocol/wire/writer.ts'

/** The protocol type of consumers in JoinGroup. */
export const consumerProtocolType = 'consumer'

export interface MemberSubscription {
  readonly topics: readonly string[]
  /** The assignor's own. */
  readonly userData: Buffer | null
  readonly ownedPartitions: readonly TopicPartition[]
  /** In which the partitions were assigned; -1 when that is not said. */
  readonly generationId: number
  readonly rackId: string | null
}

export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Buffer | null
}

const versionBytes = 2

/** Topics and partitions are sorted, as Java's clients send them. */
export function writeSubscription(subscription: MemberSubscription, version = 3): Buffer {
  const { topics, userData, ownedPartitions, generationId, rackId } = subscription
  const sorted = [...ownedPartitions].sort(byTopicAndPartition)
  const value = { topics: [...topics].sort(), userData, ownedPartitions: grouped(sorted), generationId, rackId }
  return prefixed(version, writer => consumerProtocolSubscription.write(version, writer, value))
}

/** Throws DecodeError. */
export function readSubscription(bytes: Buffer): MemberSubscription {
  const { version, reader } = versioned(bytes, consumerProtocolSubscription)
  const { topics, userData, ownedPartitions, generationId, rackId } = consumerProtocolSubscription.read(version, reader)
  return { topics, userData, ownedPartitions: flat(ownedPartitions), generationId, rackId: rackId || null }
}

export function writeAssignment({ partitions, userData }: MemberAssignment, version = 3): Buffer {
  const value = { assignedPartitions: grouped(partitions), userData }
  return prefixed(version, writer => consumerProtocolAssignment.write(version, writer, value))
}

/** Throws DecodeError. No bytes at all are an empty assignment: what a leader leaves out gets that from the coordinator. */
export function readAssignment(bytes: Buffer): MemberAssignment {
  if (bytes.length === 0) return { partitions: [], userData: null }
  const { version, reader } = versioned(bytes, consumerProtocolAssignment)
  const { assignedPartitions, userData } = consumerProtocolAssignment.read(version, reader)
  return { partitions: flat(assignedPartitions), userData }
}

export function byTopicAndPartition(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}

type Grouped = { topic: string; partitions: number[] }[]

/** Topics in the order in which they first appear. */
export function grouped(partitions: readonly TopicPartition[]): Grouped {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const known = byTopic.get(topic)
    if (known === undefined) byTopic.set(topic, [partition])
    else known.push(partition)
  }
  return [...byTopic].map(([topic, numbers]) => ({ topic, partitions: numbers }))
}

export function flat(topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]) {
  return topics.flatMap(({ topic, partitions }) => partitions.map(partition => ({ topic, partition })))
}

function prefixed(version: number, write: (writer: Writer) => void): Buffer {
  const writer = new Writer()
  writer.int16(version)
  write(writer)
  return writer.toBuffer()
}

function versioned(bytes: Buffer, schema: Schema): { version: number; reader: Reader } {
  if (bytes.length < versionBytes) throw new DecodeError(`${schema.name}: ${bytes.length} bytes have no version`)
  const reader = new Reader(bytes)
  const version = reader.int16()
  if (version < schema.versions[0]) throw new DecodeError(`${schema.name}: there is no version ${version}`)
  return { version: Math.min(version, schema.versions[1]), reader }
}

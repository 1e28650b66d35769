// Which topics the members of a group of consumers have subscribed to, as their metadata says. Their offsets do not expire and
// are not deleted while the group is alive.

import { consumerProtocolSubscription } from '../../../../protocol/stored/data/consumer-protocol-subscription.ts'
import { DecodeError } from '../../../../protocol/wire/decode-error.ts'
import { Reader } from '../../../../protocol/wire/reader.ts'
import type { ClassicMember } from './classic-member.ts'

export const consumerProtocolType = 'consumer'

interface Subscribers {
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly members: ReadonlyMap<string, ClassicMember>
}

/** Null: not known. Of a member without a parked or past generation nothing is known. */
export function subscribedTopics({ protocolType, protocolName, members }: Subscribers): ReadonlySet<string> | null {
  if (protocolType !== consumerProtocolType) return null
  if (members.size === 0) return new Set()
  if (protocolName === null) return null
  const topics = new Set<string>()
  try {
    for (const member of members.values()) {
      for (const topic of topicsOf(member.metadata(protocolName))) topics.add(topic)
    }
    return topics
  } catch (cause) {
    if (cause instanceof DecodeError) return null
    throw cause
  }
}

// Every version of the subscription begins with version 0, so that is how it is read.
function topicsOf(metadata: Buffer): readonly string[] {
  const reader = new Reader(metadata)
  reader.int16()
  return consumerProtocolSubscription.read(0, reader).topics
}

/**
 * Whether Kafka can load a group that has a member with this subscription. Its reader forgives bytes that end where a number
 * should begin, and any version; a count or a length that is null where none may be, or that exceeds the bytes behind it, fails the loading of
 * the whole partition. (Kafka itself never answers such a JoinGroup, nor anybody else's of that group.)
 */
export function isLoadableSubscription(metadata: Buffer): boolean {
  let at = 2
  const left = () => metadata.length - at
  if (left() < 4) return true
  const count = metadata.readInt32BE(at)
  at += 4
  if (count < 0 || count > left()) return false
  for (let index = 0; index < count; index += 1) {
    if (left() < 2) return true
    const nameBytes = metadata.readInt16BE(at)
    at += 2
    if (nameBytes < 0 || nameBytes > left()) return false
    at += nameBytes
  }
  return left() < 4 || metadata.readInt32BE(at) <= left() - 4
}

// Which topics the members of a group of consumers have subscribed to, as their metadata says. Their offsets do not expire and
// are not deleted while the group is alive.

import { consumerProtocolSubscription } from '../../../../protocol/stored/data/consumer-protocol-subscription.ts'
import { DecodeError } from '../../../../protocol/wire/decode-error.ts'
import { Reader } from '../../../../protocol/wire/reader.ts'
import type { ClassicMember } from './classic-member.ts'

interface Subscribers {
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly members: ReadonlyMap<string, ClassicMember>
}

/** Null: not known. Of a member without a parked or past generation nothing is known. */
export function subscribedTopics({ protocolType, protocolName, members }: Subscribers): ReadonlySet<string> | null {
  if (protocolType !== 'consumer') return null
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

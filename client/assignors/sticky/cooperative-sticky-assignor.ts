// Cooperative sticky: the sticky assignment, in two steps. A partition that is to change hands is left out of the first: its
// owner gives it up and joins again, and the next assignment gives it to the other. So nobody stops for what they keep.
// Source: org.apache.kafka.clients.consumer.CooperativeStickyAssignor, Kafka 4.3.0; KIP-429, KIP-792.

import type { TopicPartition } from '../../../protocol/types.ts'
import type { Assignor, AssignorMember, GroupAssignment } from '../assignor.ts'
import { type Claim, unknownGeneration } from './owned-partitions.ts'
import { stickyAssignment } from './sticky-assignment.ts'

export const cooperativeStickyAssignor: Assignor = {
  name: 'cooperative-sticky',
  protocols: ['cooperative', 'eager'],
  userData: last => {
    const bytes = Buffer.alloc(int32Bytes)
    bytes.writeInt32BE(last?.generationId ?? unknownGeneration)
    return bytes
  },
  assign(topics, members) {
    const { assignment, moving } = stickyAssignment(topics, members, claimOf)
    return withoutMoving(assignment, moving ?? movingIn(assignment, members))
  },
}

const int32Bytes = 4

function claimOf({ subscription }: AssignorMember): Claim {
  const { ownedPartitions: partitions, generationId, userData } = subscription
  if (generationId >= 0) return { partitions, generationId }
  if (userData === null) return { partitions, generationId: undefined }
  return { partitions, generationId: userData.length < int32Bytes ? unknownGeneration : userData.readInt32BE() }
}

/** Partitions that one member gets while another, which now has it, does not get it again. */
function movingIn(assignment: GroupAssignment, members: readonly AssignorMember[]): Map<TopicPartition, string> {
  const key = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`
  const released = new Set<string>()
  const added = new Map<TopicPartition, string>()
  for (const { memberId, subscription } of members) {
    const assigned = assignment.get(memberId)!
    const owned = new Set(subscription.ownedPartitions.map(key))
    const kept = new Set(assigned.map(key))
    for (const partition of assigned) if (!owned.has(key(partition))) added.set(partition, memberId)
    for (const partition of owned) if (!kept.has(partition)) released.add(partition)
  }
  return new Map([...added].filter(([partition]) => released.has(key(partition))))
}

function withoutMoving(assignment: GroupAssignment, moving: ReadonlyMap<TopicPartition, string>): GroupAssignment {
  const kept = ([memberId, partitions]: [string, TopicPartition[]]) =>
    [memberId, partitions.filter(partition => moving.get(partition) !== memberId)] as const
  return new Map([...assignment].map(kept))
}

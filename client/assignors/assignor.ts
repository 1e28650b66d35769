// What the leader of a classic group does: gives each member its partitions. Which assignor that is, the coordinator chooses
// among those that all members name. Pure. Source: org.apache.kafka.clients.consumer.ConsumerPartitionAssignor, Kafka 4.3.0.

import type { TopicPartition } from '../../protocol/types.ts'
import type { MemberSubscription } from './consumer-protocol.ts'

export interface AssignorMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly subscription: MemberSubscription
}

export interface AssignableTopic {
  readonly partitions: number
  /** Of each partition, the racks its replicas are in, as far as they are known. Left out: of none it is known. */
  readonly replicaRacks?: readonly (readonly string[])[]
}

/** By topic name, those that some member subscribes to and that exist. */
export type AssignableTopics = ReadonlyMap<string, AssignableTopic>

/** By member id; of every member, also of those that get nothing. */
export type GroupAssignment = Map<string, TopicPartition[]>

/** What a member got last, and in which generation: what an assignor may tell the leader about in its user data. */
export interface LastAssignment {
  readonly partitions: readonly TopicPartition[]
  readonly generationId: number
}

/** eager: all is given up before each rebalance. cooperative: only what goes to somebody else (KIP-429). */
export type RebalanceProtocol = 'eager' | 'cooperative'

export interface Assignor {
  /** Goes over the wire: members of one group have to name the same. */
  readonly name: string
  readonly protocols: readonly RebalanceProtocol[]
  /** What the leader is told besides the subscription; null when nothing. */
  userData(last: LastAssignment | undefined): Buffer | null
  assign(topics: AssignableTopics, members: readonly AssignorMember[]): GroupAssignment
}

/** Of the topics given, those with partitions that some member subscribes to. */
export function subscribedTopics(topics: AssignableTopics, members: readonly AssignorMember[]): AssignableTopics {
  const names = new Set(members.flatMap(({ subscription }) => subscription.topics))
  return new Map([...topics].filter(([name, { partitions }]) => partitions > 0 && names.has(name)))
}

export function emptyAssignment(members: readonly AssignorMember[]): GroupAssignment {
  return new Map(members.map(({ memberId }) => [memberId, []]))
}

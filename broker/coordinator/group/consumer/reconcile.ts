// One step of a member towards its target: first it gives up what is not in it, then it is given what is free. Pure.
// Source: Kafka 4.3.0's CurrentAssignmentBuilder.

import type { Uuid } from '../../../../protocol/wire/uuid.ts'
import type { Assignment, EpochAssignment, TopicPartitions } from './assignment.ts'
import { noEpochs } from './assignment.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { type MemberState, memberTransitions } from './member-state.ts'

export interface Reconciliation {
  readonly targetEpoch: number
  readonly target: Assignment
  /** What it has subscribed to may no longer be what it was: a topic it has not subscribed to is taken away at once. */
  readonly hasSubscriptionChanged: boolean
  /** What the member says it has; null: it does not say. */
  readonly owned: readonly TopicPartitions[] | null
  isSubscribed(topicId: Uuid): boolean
  /** Undefined: nobody holds the partition. */
  partitionEpoch(topicId: Uuid, partition: number): number | undefined
}

/** The member as it is next, or as it is. Undefined: it is in a state unknown here and must give everything up first. */
export function reconcile(member: ConsumerMember, step: Reconciliation): ConsumerMember | undefined {
  const next = nextOf(member, step)
  const allowed: readonly MemberState[] = memberTransitions[member.state]
  if (next !== undefined && next !== member && !allowed.includes(next.state)) {
    throw new Error(`member ${member.memberId} cannot go from ${member.state} to ${next.state}`)
  }
  return next
}

function nextOf(member: ConsumerMember, step: Reconciliation): ConsumerMember | undefined {
  switch (member.state) {
    case 'Stable':
      if (member.memberEpoch !== step.targetEpoch) return towardsTarget(member, step)
      return step.hasSubscriptionChanged ? withoutUnsubscribed(member, step) : member
    case 'UnrevokedPartitions':
      if (!ownsAny(step.owned, member.pendingRevocation)) return towardsTarget(member, step)
      return step.hasSubscriptionChanged ? withoutUnsubscribed(member, step) : member
    case 'UnreleasedPartitions':
      return towardsTarget(member, step)
    case 'Unknown':
      return step.owned?.length === 0 ? towardsTarget(member, step) : undefined
  }
}

/** Whether it says that it still has one of these. One that says nothing may have all of them. */
function ownsAny(owned: readonly TopicPartitions[] | null, assignment: EpochAssignment): boolean {
  if (owned === null) return true
  return owned.some(({ topicId, partitions }) => {
    const epochs = assignment.get(topicId)
    return epochs !== undefined && partitions.some(partition => epochs.has(partition))
  })
}

/** Only takes away topics that it has not subscribed to, if any. */
function withoutUnsubscribed(member: ConsumerMember, step: Reconciliation): ConsumerMember {
  const assigned = new Map(member.assigned)
  const pendingRevocation = new Map(member.pendingRevocation)
  for (const [topicId, epochs] of member.assigned) {
    if (step.isSubscribed(topicId)) continue
    assigned.delete(topicId)
    pendingRevocation.set(topicId, new Map([...(pendingRevocation.get(topicId) ?? []), ...epochs]))
  }
  if (assigned.size === member.assigned.size) return member
  const moved = { ...member, assigned, previousMemberEpoch: member.memberEpoch }
  return ownsAny(step.owned, pendingRevocation) ? { ...moved, state: 'UnrevokedPartitions', pendingRevocation } : moved
}

function towardsTarget(member: ConsumerMember, step: Reconciliation): ConsumerMember {
  const { kept, surplus, free, hasUnreleased } = compare(member, step)
  const previousMemberEpoch = member.memberEpoch
  if (surplus.size > 0 && ownsAny(step.owned, surplus)) {
    // It stays in its epoch: only then can it commit what it has read of the partitions that it gives up.
    const given = { assigned: kept, pendingRevocation: surplus }
    return { ...member, ...given, state: 'UnrevokedPartitions', previousMemberEpoch }
  }
  return {
    ...member,
    state: hasUnreleased ? 'UnreleasedPartitions' : 'Stable',
    memberEpoch: step.targetEpoch,
    previousMemberEpoch,
    assigned: joined(kept, free),
    pendingRevocation: noEpochs,
  }
}

interface Comparison {
  /** Has and is to have. */
  readonly kept: EpochAssignment
  /** Has and is not to have. */
  readonly surplus: EpochAssignment
  /** Is to have, and nobody has; as of the target's epoch. */
  readonly free: EpochAssignment
  /** Is to have, and somebody else still has. */
  readonly hasUnreleased: boolean
}

function compare(member: ConsumerMember, step: Reconciliation): Comparison {
  const [kept, surplus, free] = [new Map(), new Map(), new Map()]
  let hasUnreleased = false
  for (const topicId of new Set([...step.target.keys(), ...member.assigned.keys()])) {
    const target = step.isSubscribed(topicId) ? step.target.get(topicId) : undefined
    const current = member.assigned.get(topicId)
    for (const [partition, epoch] of current ?? []) {
      put(target?.has(partition) ? kept : surplus, topicId, partition, epoch)
    }
    for (const partition of target ?? []) {
      if (current?.has(partition)) continue
      // What it is itself still giving up is free for it: only one member can have a partition.
      const isOwn = member.pendingRevocation.get(topicId)?.has(partition)
      if (isOwn || step.partitionEpoch(topicId, partition) === undefined)
        put(free, topicId, partition, step.targetEpoch)
      else hasUnreleased = true
    }
  }
  return { kept, surplus, free, hasUnreleased }
}

function put(assignment: Map<Uuid, Map<number, number>>, topicId: Uuid, partition: number, epoch: number): void {
  const epochs = assignment.get(topicId)
  if (epochs === undefined) assignment.set(topicId, new Map([[partition, epoch]]))
  else epochs.set(partition, epoch)
}

function joined(one: EpochAssignment, other: EpochAssignment): EpochAssignment {
  if (other.size === 0) return one
  const result = new Map(one)
  for (const [topicId, epochs] of other) {
    result.set(topicId, new Map([...(result.get(topicId) ?? []), ...epochs].sort(([a], [b]) => a - b)))
  }
  return result
}

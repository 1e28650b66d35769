// A consumer group of KIP-848, as its records make it. Decisions read it; `put…` and `remove…` are called by records alone
// (apply-consumer-record.ts), so that all of it can be undone and read as of the last commit.
//
// Three epochs: the group's rises when members or topics change; that of the target assignment follows it when the assignor has
// run; each member's follows the target's when it has given up what it must.
// What is counted here (subscriptions, owners, epochs of partitions) follows from members, targets and expressions alone.
// Source: Kafka 4.3.0's ModernGroup and ConsumerGroup.

import type { Uuid } from '../../../../protocol/wire/uuid.ts'
import type { Timeline } from '../../runtime/timeline.ts'
import { TimelineCell } from '../../runtime/timeline-cell.ts'
import { TimelineMap } from '../../runtime/timeline-map.ts'
import type { Assignment, EpochAssignment } from './assignment.ts'
import { noPartitions } from './assignment.ts'
import { type ConsumerMember, isReconciledTo, regexOf } from './consumer-member.ts'
import { changeCount, changeSubscriptions, type SubscriptionCount } from './subscriptions.ts'

/** A regular expression and the topics that it matched. */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>
  /** Of the metadata that was looked through. */
  readonly version: number
  readonly resolvedMs: number
}

/**
 * Empty: no members. Assigning: the target is older than the group. Reconciling: not all members have reached it. Stable: all have.
 * A state is not kept but follows from the epochs; this is what may be seen after what.
 */
export const groupTransitions = {
  Empty: ['Assigning', 'Stable'],
  Assigning: ['Empty', 'Reconciling', 'Stable'],
  Reconciling: ['Empty', 'Assigning', 'Stable'],
  Stable: ['Empty', 'Assigning', 'Reconciling'],
} as const satisfies Record<string, readonly string[]>

export type ConsumerGroupState = keyof typeof groupTransitions

interface Standing {
  readonly epoch: number
  /** Of the subscribed topics, see topic-hash.ts. */
  readonly metadataHash: bigint
}

interface TargetStanding {
  /** -1: forgotten, the group is being deleted. */
  readonly epoch: number
  /** When it was computed; 0: not known. */
  readonly computedMs: number
}

const placeOf = (topicId: Uuid, partition: number): string => `${topicId} ${partition}`

export class ConsumerGroup {
  readonly type = 'consumer'
  readonly protocolType = 'consumer'
  readonly groupId: string
  readonly members: TimelineMap<string, ConsumerMember>
  /** By member. */
  readonly targets: TimelineMap<string, Assignment>
  /** By instance id: the member id. */
  readonly staticMembers: TimelineMap<string, string>
  /** By topic name: how it is subscribed to. */
  readonly subscriptions: TimelineMap<string, SubscriptionCount>
  /** By expression: how many members have subscribed to it. */
  readonly regexSubscribers: TimelineMap<string, number>
  readonly regexes: TimelineMap<string, ResolvedRegex>
  /** By assignor: how many members ask for it. */
  readonly assignorVotes: TimelineMap<string, number>
  /** By protocol: how many members of the classic protocol support it. */
  readonly classicProtocols: TimelineMap<string, number>
  /** Of a draft: made of a classic group in the middle of a rebalance, so its target is nobody's and it must be assigned anew. */
  isUnfinished = false
  readonly #classicMemberCount: TimelineCell<number>
  readonly #standing: TimelineCell<Standing>
  readonly #target: TimelineCell<TargetStanding>
  /** Written by versions before 4.1, and to be deleted. */
  readonly #hasTopicMetadata: TimelineCell<boolean>
  readonly #targetOwners: TimelineMap<string, string>
  readonly #partitionEpochs: TimelineMap<string, number>
  /** When topics are compared with the hash again, and the group epoch that this was noted at: a record may be taken back. */
  #refresh = { deadlineMs: 0, epoch: 0 }

  constructor(groupId: string, timeline: Timeline) {
    this.groupId = groupId
    this.members = new TimelineMap(timeline)
    this.targets = new TimelineMap(timeline)
    this.staticMembers = new TimelineMap(timeline)
    this.subscriptions = new TimelineMap(timeline)
    this.regexSubscribers = new TimelineMap(timeline)
    this.regexes = new TimelineMap(timeline)
    this.assignorVotes = new TimelineMap(timeline)
    this.classicProtocols = new TimelineMap(timeline)
    this.#classicMemberCount = new TimelineCell(timeline, 0)
    this.#standing = new TimelineCell<Standing>(timeline, { epoch: 1, metadataHash: 0n })
    this.#target = new TimelineCell<TargetStanding>(timeline, { epoch: 1, computedMs: 0 })
    this.#hasTopicMetadata = new TimelineCell<boolean>(timeline, false)
    this.#targetOwners = new TimelineMap(timeline)
    this.#partitionEpochs = new TimelineMap(timeline)
  }

  get epoch(): number {
    return this.#standing.get().epoch
  }
  get metadataHash(): bigint {
    return this.#standing.get().metadataHash
  }
  get assignmentEpoch(): number {
    return this.#target.get().epoch
  }
  get assignmentMs(): number {
    return this.#target.get().computedMs
  }
  get hasTopicMetadata(): boolean {
    return this.#hasTopicMetadata.get()
  }
  get classicMemberCount(): number {
    return this.#classicMemberCount.get()
  }
  get state(): ConsumerGroupState {
    return stateOf(this.members.values(), this.epoch, this.assignmentEpoch)
  }

  /** As of the last commit. */
  get committedEpochs(): { readonly epoch: number; readonly assignmentEpoch: number } {
    return { epoch: this.#standing.getCommitted().epoch, assignmentEpoch: this.#target.getCommitted().epoch }
  }
  get committedState(): ConsumerGroupState {
    const { epoch, assignmentEpoch } = this.committedEpochs
    return stateOf(this.committedMembers(), epoch, assignmentEpoch)
  }
  *committedMembers(): Generator<ConsumerMember> {
    for (const [, member] of this.members.committedEntries()) yield member
  }

  staticMember(instanceId: string | null): ConsumerMember | undefined {
    const memberId = instanceId === null ? undefined : this.staticMembers.get(instanceId)
    return memberId === undefined ? undefined : this.members.get(memberId)
  }

  target(memberId: string): Assignment {
    return this.targets.get(memberId) ?? noPartitions
  }

  /** The target of whoever has the instance id, else of the member. */
  targetOf({ memberId, instanceId }: ConsumerMember): Assignment {
    if (instanceId === null) return this.target(memberId)
    const owner = this.staticMembers.get(instanceId)
    return owner === undefined ? noPartitions : this.target(owner)
  }

  isSubscribedTo(topic: string): boolean {
    return this.subscriptions.has(topic)
  }

  /** Whether the target gives the partition to anybody. */
  isAssigned(topicId: Uuid, partition: number): boolean {
    return this.#targetOwners.has(placeOf(topicId, partition))
  }

  /** The epoch of the member that holds the partition, or is still to give it up; undefined: it is free. */
  partitionEpoch(topicId: Uuid, partition: number): number | undefined {
    return this.#partitionEpochs.get(placeOf(topicId, partition))
  }

  /** Whether topics must be compared with the hash. */
  isRefreshDue(nowMs: number): boolean {
    return nowMs >= this.#refresh.deadlineMs || this.epoch < this.#refresh.epoch
  }
  refreshAt(deadlineMs: number, epoch: number): void {
    this.#refresh = { deadlineMs, epoch }
  }
  requestRefresh(): void {
    this.#refresh = { deadlineMs: 0, epoch: 0 }
  }

  setEpoch(epoch: number, metadataHash: bigint): void {
    this.#standing.set({ epoch, metadataHash })
  }
  setAssignmentEpoch(epoch: number, computedMs: number): void {
    this.#target.set({ epoch, computedMs })
  }
  setHasTopicMetadata(hasTopicMetadata: boolean): void {
    this.#hasTopicMetadata.set(hasTopicMetadata)
  }

  putMember(member: ConsumerMember): void {
    const before = this.members.get(member.memberId)
    this.members.set(member.memberId, member)
    this.#recount(before, member)
    if (member.instanceId !== null) this.staticMembers.set(member.instanceId, member.memberId)
  }

  removeMember(memberId: string): void {
    const before = this.members.get(memberId)
    if (before === undefined) return
    this.members.delete(memberId)
    this.#recount(before, undefined)
    // The instance id may have gone over to another member in the same batch of records.
    if (before.instanceId !== null && this.staticMembers.get(before.instanceId) === memberId) {
      this.staticMembers.delete(before.instanceId)
    }
  }

  putTarget(memberId: string, target: Assignment): void {
    this.#dropTarget(memberId, target)
    for (const [topicId, partitions] of target) {
      for (const partition of partitions) this.#targetOwners.set(placeOf(topicId, partition), memberId)
    }
    this.targets.set(memberId, target)
  }

  removeTarget(memberId: string): void {
    this.#dropTarget(memberId, noPartitions)
    this.targets.delete(memberId)
  }

  putRegex(regex: string, resolved: ResolvedRegex): void {
    this.removeRegex(regex)
    this.regexes.set(regex, resolved)
    changeSubscriptions(this.subscriptions, resolved.topics, 'byRegex', 1)
  }

  removeRegex(regex: string): void {
    const before = this.regexes.get(regex)
    if (before === undefined) return
    this.regexes.delete(regex)
    changeSubscriptions(this.subscriptions, before.topics, 'byRegex', -1)
  }

  /** Only what still is this member's: a partition may have been given to another one by an earlier record. */
  #dropTarget(memberId: string, except: Assignment): void {
    for (const [topicId, partitions] of this.target(memberId)) {
      const kept = except.get(topicId)
      for (const partition of partitions) {
        const place = placeOf(topicId, partition)
        if (!kept?.has(partition) && this.#targetOwners.get(place) === memberId) this.#targetOwners.delete(place)
      }
    }
  }

  #recount(before: ConsumerMember | undefined, after: ConsumerMember | undefined): void {
    for (const [member, change] of [[before, -1] as const, [after, 1] as const]) {
      if (member === undefined) continue
      changeSubscriptions(this.subscriptions, member.subscribedTopics, 'byName', change)
      changeCount(this.regexSubscribers, regexOf(member), change)
      changeCount(this.assignorVotes, member.assignor ?? undefined, change)
      for (const { name } of member.classic?.supportedProtocols ?? []) changeCount(this.classicProtocols, name, change)
      if (member.classic !== null) this.#classicMemberCount.set(this.#classicMemberCount.get() + change)
    }
    if (before !== undefined && after !== undefined && holdsTheSame(before, after)) return
    if (before !== undefined) this.#releasePartitions(before)
    if (after !== undefined) this.#holdPartitions(after)
  }

  #releasePartitions({ assigned, pendingRevocation, memberEpoch }: ConsumerMember): void {
    for (const place of placesOf(assigned, pendingRevocation)) {
      if (this.#partitionEpochs.get(place) === memberEpoch) this.#partitionEpochs.delete(place)
    }
  }

  #holdPartitions({ memberId, assigned, pendingRevocation, memberEpoch }: ConsumerMember): void {
    for (const place of placesOf(assigned, pendingRevocation)) {
      const epoch = this.#partitionEpochs.get(place)
      if (epoch !== undefined && epoch >= memberEpoch) {
        throw new Error(
          `group ${this.groupId}: partition ${place} of member ${memberId} at epoch ${memberEpoch} is held at epoch ${epoch}`,
        )
      }
      this.#partitionEpochs.set(place, memberEpoch)
    }
  }
}

function holdsTheSame(before: ConsumerMember, after: ConsumerMember): boolean {
  const { memberEpoch, assigned, pendingRevocation } = before
  return (
    memberEpoch === after.memberEpoch && assigned === after.assigned && pendingRevocation === after.pendingRevocation
  )
}

function* placesOf(...assignments: readonly EpochAssignment[]): Generator<string> {
  for (const assignment of assignments) {
    for (const [topicId, partitions] of assignment) for (const [index] of partitions) yield placeOf(topicId, index)
  }
}

function stateOf(members: Iterable<ConsumerMember>, epoch: number, assignmentEpoch: number): ConsumerGroupState {
  let isEmpty = true
  for (const member of members) {
    if (epoch > assignmentEpoch) return 'Assigning'
    if (!isReconciledTo(member, assignmentEpoch)) return 'Reconciling'
    isEmpty = false
  }
  return isEmpty ? 'Empty' : 'Stable'
}

// A consumer group of which only members of the classic protocol are left goes on as a classic group. Its members keep what they have
// and are told to rejoin, unless all of them have reached the target.
// Kafka writes the target as their assignment. Should the group be a consumer group again before a slow member has rejoined, then it
// would not be known any more what that member still has, and others would be given it.
// The state changes with the decision, not with its records: members of a classic group have timers and parked requests.
// Source: Kafka 4.3.0's GroupMetadataManager.convertToClassicGroup and ClassicGroup.fromConsumerGroup.

import { consumerProtocolAssignment } from '../../../../protocol/stored/data/consumer-protocol-assignment.ts'
import { encode } from '../../../../protocol/wire/schema.ts'
import { ClassicGroup, consumerProtocolType } from '../classic/classic-group.ts'
import { ClassicMember } from '../classic/classic-member.ts'
import { prepareRebalance, renewSession } from '../classic/rebalance.ts'
import { groupRecord } from '../classic/stored-classic-group.ts'
import type { GroupRecord } from '../group-record.ts'
import type { EpochAssignment } from './assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { groupTombstones } from './consumer-records.ts'
import { type ConsumerStep, note, type Written } from './consumer-step.ts'
import type { GroupTopics } from './group-topics.ts'
import { endTimers } from './member-timers.ts'

/** Whether the group becomes a classic one when these members go. */
export function mayDowngradeWithout(
  step: ConsumerStep,
  group: ConsumerGroup,
  leaving: readonly ConsumerMember[],
): boolean {
  const left = group.members.size - leaving.length
  const leavingClassic = leaving.filter(({ classic }) => classic !== null).length
  return left > 0 && group.classicMemberCount - leavingClassic === left && isAllowed(step, group, left)
}

/** Whether it becomes one when this member comes back by the classic protocol. */
export function mayDowngradeReplacing(step: ConsumerStep, group: ConsumerGroup, replaced: ConsumerMember): boolean {
  const isLast = replaced.classic === null && group.classicMemberCount === group.members.size - 1
  return isLast && isAllowed(step, group, group.members.size)
}

function isAllowed(step: ConsumerStep, group: ConsumerGroup, memberCount: number): boolean {
  const { mayDowngrade, classicMaxSize } = step.settings
  const why = mayDowngrade
    ? memberCount > classicMaxSize && `group.max.size is ${classicMaxSize}, and it has ${memberCount} members`
    : 'group.consumer.migration.policy does not allow it'
  if (why) note(step, group, 'group stays a consumer group though all its members are classic', { why })
  return !why
}

export interface Downgrade {
  readonly leaving: readonly ConsumerMember[]
  /** A static member that comes back by the classic protocol; its records have been written for its new member id. */
  readonly joining?: ConsumerMember
  /** Records of the decision so far. */
  readonly records?: readonly GroupRecord[]
  /** Undefined: the generation goes on. */
  readonly rebalanceReason: string | undefined
}

export function downgrade(step: ConsumerStep, group: ConsumerGroup, change: Downgrade): Written {
  const { groupId } = group
  const classic = classicGroupOf(step, group, change)
  const memberIds = [...group.members.keys()].map(memberId => {
    const isReplaced = change.joining !== undefined && memberId === replacedId(group, change.joining)
    return isReplaced ? change.joining.memberId : memberId
  })
  const assignments = new Map([...classic.members.values()].map(({ memberId, assignment }) => [memberId, assignment]))
  const records = [...(change.records ?? []), ...groupTombstones(group, memberIds), groupRecord(classic, assignments)]
  step.groups.delete(groupId)
  step.groups.set(groupId, classic)
  for (const member of classic.members.values()) renewSession(step.classic, classic, member)
  if (change.rebalanceReason !== undefined) prepareRebalance(step.classic, classic, change.rebalanceReason)
  note(step, group, 'group goes on as a classic group', { members: classic.members.size })
  const settled: Written['settled'] = (_error, nowMs) => endTimersOf(step.at(nowMs), group, classic)
  return { response: undefined, records, alreadyApplied: true, settled }
}

/** Left alone they would fence members that have become classic ones, should the group be a consumer group again by then. */
function endTimersOf(step: ConsumerStep, { groupId, members }: ConsumerGroup, classic: ClassicGroup): undefined {
  if (step.groups.get(groupId) !== classic) return
  for (const memberId of members.keys()) endTimers(step, groupId, memberId)
}

function replacedId(group: ConsumerGroup, { instanceId }: ConsumerMember): string | undefined {
  return instanceId === null ? undefined : group.staticMembers.get(instanceId)
}

function classicGroupOf(step: ConsumerStep, group: ConsumerGroup, change: Downgrade): ClassicGroup {
  const { joining } = change
  const gone = new Set(change.leaving.map(({ memberId }) => memberId))
  const replaced = joining && replacedId(group, joining)
  if (replaced !== undefined) gone.add(replaced)
  const staying = [...group.members.values()].filter(({ memberId }) => !gone.has(memberId))
  const classic = new ClassicGroup(group.groupId, {
    state: 'Stable',
    generation: group.epoch,
    protocolType: consumerProtocolType,
    protocolName: null,
    leaderId: null,
    stateSinceMs: step.nowMs,
  })
  for (const member of joining ? [...staying, joining] : staying) classic.add(classicMemberOf(member))
  classic.protocolName = classic.selectProtocol()
  classic.updateSubscribedTopics()
  for (const member of classic.members.values()) {
    const source = member.memberId === joining?.memberId ? joining : group.members.get(member.memberId)!
    const version = subscriptionVersion(member.metadata(classic.protocolName))
    member.assignment = embeddedAssignment(heldBy(source), step.topics, version)
  }
  return classic
}

/** What it has, and what it has not given up yet. */
function heldBy({ assigned, pendingRevocation }: ConsumerMember): EpochAssignment {
  const held = new Map(assigned)
  for (const [topicId, epochs] of pendingRevocation)
    held.set(topicId, new Map([...(held.get(topicId) ?? []), ...epochs]))
  return held
}

function classicMemberOf(member: ConsumerMember): ClassicMember {
  const { memberId, instanceId: groupInstanceId, clientId, clientHost, rebalanceTimeoutMs, classic } = member
  const { sessionTimeoutMs, supportedProtocols: protocols } = classic!
  const identity = { memberId, groupInstanceId, clientId, clientHost, protocolType: consumerProtocolType }
  return new ClassicMember(identity, { rebalanceTimeoutMs, sessionTimeoutMs, protocols })
}

/** The version of the consumer protocol that a member's metadata is written in. */
export function subscriptionVersion(metadata: Buffer): number {
  return metadata.length < 2 ? 0 : metadata.readInt16BE(0)
}

/** An assignment as clients of the classic protocol read it: the version, then topic names and partitions. */
export function embeddedAssignment(assignment: Iterable<AssignedTopic>, topics: GroupTopics, version: number): Buffer {
  const [first, last] = consumerProtocolAssignment.versions
  const written = Math.max(Math.min(version, last), first)
  const assignedPartitions = [...assignment].flatMap(([topicId, partitions]) => {
    const topic = topics.nameOf(topicId)
    return topic === undefined ? [] : [{ topic, partitions: [...partitions.keys()] }]
  })
  const body = encode(consumerProtocolAssignment, written, { assignedPartitions, userData: null })
  const prefix = Buffer.allocUnsafe(2)
  prefix.writeInt16BE(written)
  return Buffer.concat([prefix, body])
}

type AssignedTopic = readonly [topicId: string, partitions: Pick<ReadonlyMap<number, unknown>, 'keys'>]

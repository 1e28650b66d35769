// The consumer group of a request: one that is there, a new one, one in the place of an empty classic group, or a classic group of
// consumers that goes on as a consumer group because a member of the new protocol joins it. Its members stay, with what the last
// generation gave them, and go on by the classic protocol.
// Source: Kafka 4.3.0's GroupMetadataManager (getOrMaybeCreateConsumerGroup, convertToConsumerGroup), ConsumerGroup.fromClassicGroup.

import { errors } from '../../../../protocol/errors.ts'
import { consumerProtocolAssignment } from '../../../../protocol/stored/data/consumer-protocol-assignment.ts'
import { consumerProtocolSubscription } from '../../../../protocol/stored/data/consumer-protocol-subscription.ts'
import { DecodeError } from '../../../../protocol/wire/decode-error.ts'
import type { Fields } from '../../../../protocol/wire/field.ts'
import { Reader } from '../../../../protocol/wire/reader.ts'
import type { Message, Schema } from '../../../../protocol/wire/schema.ts'
import type { ClassicGroup } from '../classic/classic-group.ts'
import type { ClassicMember } from '../classic/classic-member.ts'
import { groupTombstone } from '../classic/stored-classic-group.ts'
import type { GroupRecord } from '../group-record.ts'
import { type Assignment, assignmentOf, noPartitions, withEpoch } from './assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, newConsumerMember } from './consumer-member.ts'
import { groupRecords } from './consumer-records.ts'
import { type ConsumerStep, groupNotFound, note, Refusal } from './consumer-step.ts'
import type { GroupTopics } from './group-topics.ts'
import { renewSession } from './member-timeouts.ts'

/** A new or changed group is a draft: the records that are added make it. */
export function consumerGroupFor(
  step: ConsumerStep,
  groupId: string,
  mayCreate: boolean,
  records: GroupRecord[],
): ConsumerGroup | Refusal {
  const group = step.groups.get(groupId)
  if (group?.type === 'consumer') return group
  if (group === undefined) return mayCreate ? step.createDraft(groupId) : groupNotFound(groupId, 'not found')
  if (!mayCreate || group.type !== 'classic') return groupNotFound(groupId, 'is not a consumer group')
  if (group.state === 'Empty') {
    records.push(groupTombstone(groupId))
    return step.createDraft(groupId)
  }
  const why = whyNot(step, group)
  return why === undefined ? upgrade(step, group, records) : groupNotFound(groupId, `cannot be upgraded: ${why}`)
}

function whyNot({ settings }: ConsumerStep, group: ClassicGroup): string | undefined {
  if (!settings.mayUpgrade) return 'group.consumer.migration.policy does not allow it'
  if (!group.isOfConsumers) return `its members are not consumers but ${group.protocolType}`
  if (group.members.size <= settings.maxSize) return undefined
  return `it has ${group.members.size} members, and group.consumer.max.size is ${settings.maxSize}`
}

function upgrade(step: ConsumerStep, classic: ClassicGroup, records: GroupRecord[]): ConsumerGroup | Refusal {
  const group = draftOf(step, classic)
  if (group instanceof Refusal) return group
  // Whoever is in a rebalance begins anew, now with the group as it is going to be.
  for (const member of classic.members.values()) {
    const { memberId } = member
    classic.completeJoin(member, { memberId, errorCode: errors.REBALANCE_IN_PROGRESS.code })
    classic.completeSync(member, { errorCode: errors.REBALANCE_IN_PROGRESS.code })
  }
  records.push(groupTombstone(classic.groupId), ...groupRecords(group))
  // If this comes to nothing the group stays a classic one, and the timers find no consumer group.
  for (const { memberId, classic: terms } of group.members.values()) {
    renewSession(step, group.groupId, memberId, terms!.sessionTimeoutMs)
  }
  note(step, group, 'classic group goes on as a consumer group', { members: group.members.size })
  return group
}

function draftOf(step: ConsumerStep, classic: ClassicGroup): ConsumerGroup | Refusal {
  const group = step.createDraft(classic.groupId)
  group.setEpoch(classic.generation, 0n)
  group.setAssignmentEpoch(classic.generation, 0)
  group.isUnfinished = classic.state !== 'Stable'
  for (const member of classic.members.values()) {
    const assignment = assignmentOfClassic(member.assignment, step.topics)
    const subscription = embeddedSubscription(classicMetadata(classic, member))
    if (assignment === undefined || subscription === undefined) return malformed(classic.groupId)
    if (assignment === 'custom') return customAssignor(classic.groupId)
    group.putTarget(member.memberId, assignment)
    group.putMember(consumerMemberOf(member, classic.generation, assignment, subscription))
  }
  group.setEpoch(classic.generation, step.topics.hashOf(group.subscriptions.keys()))
  return group
}

/** What it says under the protocol of the generation; before the first one, under the one it likes best. */
function classicMetadata({ protocolName }: ClassicGroup, { terms: { protocols } }: ClassicMember): Buffer {
  return (protocols.find(({ name }) => name === protocolName) ?? protocols[0]!).metadata
}

function malformed(groupId: string): Refusal {
  return groupNotFound(groupId, 'cannot be upgraded: what its members say is not of the consumer protocol')
}

function customAssignor(groupId: string): Refusal {
  const why = 'its assignor keeps data of its own with the assignments, which would be lost'
  return groupNotFound(groupId, `cannot be upgraded: ${why}. Change to one of Kafka's assignors first`)
}

function consumerMemberOf(
  member: ClassicMember,
  epoch: number,
  assignment: Assignment,
  { topics, rackId }: Subscription,
): ConsumerMember {
  const { clientId, clientHost, groupInstanceId: instanceId } = member.identity
  const { rebalanceTimeoutMs, sessionTimeoutMs, protocols: supportedProtocols } = member.terms
  return {
    ...newConsumerMember(member.memberId),
    memberEpoch: epoch,
    previousMemberEpoch: epoch,
    instanceId,
    rackId: rackId || null,
    rebalanceTimeoutMs,
    clientId,
    clientHost,
    subscribedTopics: new Set(topics),
    assigned: withEpoch(assignment, epoch),
    classic: { sessionTimeoutMs, supportedProtocols },
  }
}

/** Undefined: it cannot be read. 'custom': it holds more than partitions. */
function assignmentOfClassic(bytes: Buffer, topics: GroupTopics): Assignment | 'custom' | undefined {
  if (bytes.length === 0) return noPartitions
  const embedded = readEmbedded(consumerProtocolAssignment, bytes)
  if (embedded === undefined) return undefined
  return (embedded.userData?.length ?? 0) > 0 ? 'custom' : assignmentByIds(embedded.assignedPartitions, topics)
}

/** Of topics that exist. */
export function assignmentByIds(
  partitions: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  topics: GroupTopics,
): Assignment {
  const known = partitions.flatMap(({ topic, partitions: indexes }) => {
    const topicId = topics.idOf(topic)
    return topicId === undefined ? [] : [{ topicId, partitions: indexes }]
  })
  return assignmentOf(known)
}

export type Subscription = Message<typeof consumerProtocolSubscription>

/** What a consumer of the classic protocol says under a protocol; undefined: it cannot be read. */
export function embeddedSubscription(bytes: Buffer): Subscription | undefined {
  return readEmbedded(consumerProtocolSubscription, bytes)
}

/** A message behind its version. A newer version is read as the newest known: its additions come last. */
function readEmbedded<F extends Fields>(schema: Schema<F>, bytes: Buffer): Message<Schema<F>> | undefined {
  try {
    const reader = new Reader(bytes)
    const version = Math.min(reader.int16(), schema.versions[1])
    return schema.has(version) ? (schema.read(version, reader) as Message<Schema<F>>) : undefined
  } catch (cause) {
    if (cause instanceof DecodeError) return undefined
    throw cause
  }
}

// What a member's request leads to for the group, in both protocols: its record, the group's epoch, the target, and the member's
// next step towards it.
// Source: Kafka 4.3.0's GroupMetadataManager (consumerGroupHeartbeat, hasMemberSubscriptionChanged, updateSubscriptionMetadata,
// maybeReconcile).

import { errors } from '../../../../protocol/errors.ts'
import type { GroupRecord } from '../group-record.ts'
import type { TopicPartitions } from './assignment.ts'
import type { SubscriptionType } from './assignor/group-spec.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, hasSameTopics, isReconciledTo, isSameMember } from './consumer-member.ts'
import { currentAssignmentRecord, epochRecord, memberRecord, topicMetadataTombstone } from './consumer-records.ts'
import { type ConsumerStep, note, Refusal } from './consumer-step.ts'
import { subscribedNames } from './group-topics.ts'
import { awaitRevocation } from './member-timeouts.ts'
import { endTimer } from './member-timers.ts'
import { reconcile } from './reconcile.ts'
import { currentSubscriptions, type Subscriptions, subscriptionsWith, subscriptionType } from './subscriptions.ts'
import type { MemberTarget } from './target-assignment.ts'

/** Topics are compared with the hash when something has changed; without a change after this time (24 days). */
const refreshMs = 2 ** 31 - 1

/** Writes the member if it has changed. Answers whether the topics it names have. */
export function writeMember(
  group: ConsumerGroup,
  before: ConsumerMember,
  after: ConsumerMember,
  records: GroupRecord[],
): boolean {
  if (isSameMember(before, after)) return false
  records.push(memberRecord(group.groupId, after))
  return !hasSameTopics(before, after)
}

export interface GroupUpdate {
  readonly groupEpoch: number
  readonly subscriptionType: () => SubscriptionType
}

/** Raises the group's epoch when it must be assigned anew: the member's subscription has changed, or its topics have. */
export function updateGroup(
  step: ConsumerStep,
  group: ConsumerGroup,
  change: { readonly before: ConsumerMember; readonly after: ConsumerMember; readonly isBumped: boolean },
  records: GroupRecord[],
): GroupUpdate {
  const isBumped = change.isBumped || group.isUnfinished
  if (!isBumped && !group.isRefreshDue(step.nowMs)) {
    return { groupEpoch: group.epoch, subscriptionType: () => subscriptionType(currentSubscriptions(group)) }
  }
  const subscriptions = subscriptionsWith(group, change.before, change.after)
  const groupEpoch = bumpedEpoch(step, group, subscriptions.topics, isBumped, records)
  group.refreshAt(step.nowMs + refreshMs, groupEpoch)
  if (group.hasTopicMetadata) records.push(topicMetadataTombstone(group.groupId))
  return { groupEpoch, subscriptionType: () => subscriptionType(subscriptions) }
}

/** The epoch, one more when asked for or when the topics are not those of the hash any more. */
export function bumpedEpoch(
  step: ConsumerStep,
  group: ConsumerGroup,
  topics: Subscriptions['topics'],
  isBumped: boolean,
  records: GroupRecord[],
): number {
  const hash = step.topics.hashOf(topics.keys())
  if (!isBumped && hash === group.metadataHash) return group.epoch
  const epoch = group.epoch + 1
  records.push(epochRecord(group.groupId, epoch, hash))
  step.counters.consumerRebalances++
  note(step, group, 'group must be assigned anew', { groupEpoch: epoch })
  return epoch
}

export interface Approach {
  readonly target: MemberTarget
  readonly hasSubscriptionChanged: boolean
  readonly owned: readonly TopicPartitions[] | null
}

/** The member one step nearer to its target. */
export function approachTarget(
  step: ConsumerStep,
  group: ConsumerGroup,
  member: ConsumerMember,
  { target, hasSubscriptionChanged, owned }: Approach,
  records: GroupRecord[],
): ConsumerMember | Refusal {
  const { groupId } = group
  if (!hasSubscriptionChanged && isReconciledTo(member, target.epoch)) return member
  const topics = subscribedNames(group, member)
  const next = reconcile(member, {
    targetEpoch: target.epoch,
    target: target.partitions,
    hasSubscriptionChanged,
    owned,
    isSubscribed: topicId => topics.has(step.topics.nameOf(topicId) ?? ''),
    partitionEpoch: (topicId, partition) => group.partitionEpoch(topicId, partition),
  })
  if (next === undefined) return unknownState(member)
  if (isSameMember(member, next)) return member
  records.push(currentAssignmentRecord(groupId, next))
  // Members of the classic protocol have timers for joining and syncing instead.
  if (next.classic !== null) return next
  if (next.state === 'UnrevokedPartitions') awaitRevocation(step, groupId, next)
  else endTimer(step, 'rebalance', groupId, next.memberId)
  return next
}

function unknownState({ memberId }: ConsumerMember): Refusal {
  const text = `${memberId} is in a state that a newer version wrote. It must give up all partitions and join again.`
  return new Refusal(errors.FENCED_MEMBER_EPOCH, text)
}

// ConsumerGroupHeartbeat: a member joins, changes what it wants, says what it has, is told what it is to have, or leaves. One
// request for all of it.
// Source: Kafka 4.3.0's GroupMetadataManager.consumerGroupHeartbeat and consumerGroupLeave.

import { errors } from '../../../../protocol/errors.ts'
import type { consumerGroupHeartbeat } from '../../../../protocol/messages/consumer-group-heartbeat.ts'
import type { MessageInput } from '../../../../protocol/wire/schema.ts'
import type { Decision } from '../../runtime/coordinator-state.ts'
import type { GroupRecord } from '../group-record.ts'
import { sameEpochAssignment, topicPartitionsOf } from './assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, joinEpoch, leaveEpoch, staticLeaveEpoch } from './consumer-member.ts'
import { type ConsumerStep, groupNotFound, Refusal, type Written } from './consumer-step.ts'
import { findLeaving, leave, leaveForNow } from './fence.ts'
import { findMember } from './find-member.ts'
import type { HeartbeatRequest } from './heartbeat-check.ts'
import { renewSession } from './member-timeouts.ts'
import { updateRegex } from './regular-expression.ts'
import { targetOf } from './target-assignment.ts'
import { approachTarget, updateGroup, writeMember } from './update-group.ts'
import { consumerGroupFor } from './upgrade.ts'

export type HeartbeatResponse = MessageInput<typeof consumerGroupHeartbeat.response>
type Answered = Decision<HeartbeatResponse, GroupRecord>

export interface Client {
  readonly clientId: string
  /** As Kafka prints an address: "/127.0.0.1". */
  readonly clientHost: string
}

export function refusedHeartbeat({ error, message }: Refusal): HeartbeatResponse {
  return { errorCode: error.code, errorMessage: message }
}

/** The request has been found to be in order (heartbeat-check.ts). */
export function decideConsumerHeartbeat(step: ConsumerStep, request: HeartbeatRequest, client: Client): Answered {
  const isLeaving = request.memberEpoch === leaveEpoch || request.memberEpoch === staticLeaveEpoch
  const decided = isLeaving ? decideLeave(step, request) : decideBeat(step, request, client)
  return decided instanceof Refusal ? { response: refusedHeartbeat(decided) } : decided
}

function decideLeave(step: ConsumerStep, request: HeartbeatRequest): Answered | Refusal {
  const { groupId, memberId, memberEpoch } = request
  const group = step.groups.get(groupId)
  if (group?.type !== 'consumer') return notAConsumerGroup(groupId, group)
  const member = findLeaving(group, request)
  if (member instanceof Refusal) return member
  const isForNow = request.instanceId !== null && memberEpoch === staticLeaveEpoch
  const written: Written = isForNow ? leaveForNow(step, group, member) : leave(step, group, member)
  return { ...written, response: { errorCode: errors.NONE.code, memberId, memberEpoch } }
}

function notAConsumerGroup(groupId: string, group: object | undefined): Refusal {
  return groupNotFound(groupId, group === undefined ? 'not found' : 'is not a consumer group')
}

function decideBeat(step: ConsumerStep, request: HeartbeatRequest, client: Client): Answered | Refusal {
  const records: GroupRecord[] = []
  const mayJoin = request.memberEpoch === joinEpoch
  const group = consumerGroupFor(step, request.groupId, mayJoin, records)
  if (group instanceof Refusal) return group
  const memberId = request.memberId === '' ? step.newMemberId() : request.memberId
  const full = checkRoom(step, group, request.memberId)
  if (full !== undefined) return full
  const { memberEpoch, instanceId, topicPartitions: owned } = request
  const before = findMember(step, group, { memberId, memberEpoch, instanceId, owned, mayJoin }, records)
  if (before instanceof Refusal) return before
  const after = withRequest(before, request, client)
  const member = updateMember(step, group, { before, after, owned }, records)
  if (member instanceof Refusal) return member
  renewSession(step, request.groupId, memberId)
  return { records, response: responseOf(step, request, before, member) }
}

/** A member that is there already may go on when the limit has been lowered. */
export function checkRoom(step: ConsumerStep, group: ConsumerGroup, memberId: string): Refusal | undefined {
  const { maxSize } = step.settings
  if (group.members.size < maxSize || group.members.has(memberId)) return undefined
  const text = `Group ${group.groupId} has ${group.members.size} members, and group.consumer.max.size is ${maxSize}.`
  return new Refusal(errors.GROUP_MAX_SIZE_REACHED, text)
}

/** What a request leaves out stays as it is. */
function withRequest(member: ConsumerMember, request: HeartbeatRequest, client: Client): ConsumerMember {
  const { subscribedTopicNames, rebalanceTimeoutMs } = request
  return {
    ...member,
    ...client,
    instanceId: request.instanceId ?? member.instanceId,
    rackId: request.rackId ?? member.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    assignor: request.serverAssignor ?? member.assignor,
    subscribedTopics: subscribedTopicNames === null ? member.subscribedTopics : new Set(subscribedTopicNames),
    subscribedRegex: request.subscribedTopicRegex ?? member.subscribedRegex,
    classic: null,
  }
}

interface Change {
  readonly before: ConsumerMember
  readonly after: ConsumerMember
  readonly owned: HeartbeatRequest['topicPartitions']
}

function updateMember(
  step: ConsumerStep,
  group: ConsumerGroup,
  { before, after, owned }: Change,
  records: GroupRecord[],
): ConsumerMember | Refusal {
  const haveNamesChanged = writeMember(group, before, after, records)
  const regexChange = updateRegex(step, group, before, after, records)
  if (regexChange instanceof Refusal) return regexChange
  // With an expression that is still to be resolved the group is assigned anew when it is: once, not twice.
  const isBumped = haveNamesChanged || regexChange === 'resolved'
  const { groupEpoch, subscriptionType } = updateGroup(step, group, { before, after, isBumped }, records)
  const target = targetOf(step, group, { groupEpoch, before, member: after, subscriptionType }, records)
  if (target instanceof Refusal) return target
  const hasSubscriptionChanged = haveNamesChanged || regexChange !== 'none'
  return approachTarget(step, group, after, { target, hasSubscriptionChanged, owned }, records)
}

/** The assignment is told when it has changed, or when the member says all there is to say: it may have missed an answer. */
function responseOf(
  step: ConsumerStep,
  request: HeartbeatRequest,
  before: ConsumerMember,
  { memberId, memberEpoch, assigned }: ConsumerMember,
): HeartbeatResponse {
  const { rebalanceTimeoutMs, subscribedTopicNames, subscribedTopicRegex, topicPartitions } = request
  const hasSubscription = subscribedTopicNames !== null || subscribedTopicRegex !== null
  const isFull = rebalanceTimeoutMs !== -1 && hasSubscription && topicPartitions !== null
  const isTold = request.memberEpoch === joinEpoch || isFull || !sameEpochAssignment(before.assigned, assigned)
  return {
    errorCode: errors.NONE.code,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: step.settings.timesOf(request.groupId).heartbeatIntervalMs,
    assignment: isTold ? { topicPartitions: topicPartitionsOf(assigned) } : null,
  }
}

// JoinGroup of a member of the classic protocol in a consumer group: it is a member like the others, and what it says once per
// rebalance is what the others say in heartbeats. It need not wait for anybody.
// A static member that comes back this way may be the last of the new protocol: then the group becomes a classic one.
// Source: Kafka 4.3.0's GroupMetadataManager.classicGroupJoinToConsumerGroup.

import { errors } from '../../../../protocol/errors.ts'
import { consumerProtocolType } from '../classic/classic-group.ts'
import type { JoinResponse } from '../classic/classic-member.ts'
import type { JoinRequest } from '../classic/join.ts'
import type { GroupRecord } from '../group-record.ts'
import { type TopicPartitions, topicPartitionsOf } from './assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, isReconciledTo } from './consumer-member.ts'
import { type ConsumerStep, nothing, Refusal, type Written } from './consumer-step.ts'
import { downgrade, mayDowngradeReplacing } from './downgrade.ts'
import { findMember } from './find-member.ts'
import { checkRoom } from './heartbeat.ts'
import { awaitSync, renewSession } from './member-timeouts.ts'
import { endTimer } from './member-timers.ts'
import { updateRegex } from './regular-expression.ts'
import { targetOf } from './target-assignment.ts'
import { approachTarget, type GroupUpdate, updateGroup, writeMember } from './update-group.ts'
import { assignmentByIds, embeddedSubscription, type Subscription } from './upgrade.ts'

/** From this version on a dynamic member must come back with the id that it was given. */
const memberIdRequiredSince = 4

/** The reply is called now, or when the records are committed. */
export function joinByClassicProtocol(step: ConsumerStep, group: ConsumerGroup, join: JoinRequest): Written {
  const { request, reply, apiVersion } = join
  const isUnknown = request.memberId === ''
  const memberId = isUnknown ? step.newMemberId() : request.memberId
  const subscription = checkProtocols(step, group, join)
  if (subscription instanceof Refusal) return refuse(join, subscription)
  if (isUnknown && request.groupInstanceId === null && apiVersion >= memberIdRequiredSince) {
    reply({ memberId, errorCode: errors.MEMBER_ID_REQUIRED.code })
    return nothing
  }
  const records: GroupRecord[] = []
  const { groupInstanceId: instanceId } = request
  const mayJoin = instanceId === null || isUnknown
  const claim = { memberId, memberEpoch: undefined, instanceId, owned: [], mayJoin }
  const before = findMember(step, group, claim, records)
  if (before instanceof Refusal) return refuse(join, before)
  const after = withJoin(before, join, subscription)
  const owned = topicPartitionsOf(assignmentByIds(subscription.ownedPartitions, step.topics))
  return update(step, group, join, { before, after, owned, records })
}

function refuse({ reply }: JoinRequest, { error }: Refusal): Written {
  reply({ memberId: '', errorCode: error.code })
  return nothing
}

function checkProtocols(step: ConsumerStep, group: ConsumerGroup, { request }: JoinRequest): Subscription | Refusal {
  const { memberId, protocolType, protocols } = request
  const full = checkRoom(step, group, memberId)
  if (full !== undefined) return full
  const { classicMemberCount, classicProtocols } = group
  const isShared = protocols.some(({ name }) => (classicProtocols.get(name) ?? 0) === classicMemberCount)
  const subscription = protocols[0] && embeddedSubscription(protocols[0].metadata)
  if (protocolType === consumerProtocolType && isShared && subscription !== undefined) return subscription
  const text = `${memberId} shares no protocol with the other members of group ${group.groupId}, or cannot be read.`
  return new Refusal(errors.INCONSISTENT_GROUP_PROTOCOL, text)
}

/** Bytes are copied: the request's belong to the connection. */
function withJoin(member: ConsumerMember, join: JoinRequest, { topics, rackId }: Subscription): ConsumerMember {
  const { request, clientId, clientHost } = join
  const supportedProtocols = request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
  return {
    ...member,
    clientId,
    clientHost,
    instanceId: request.groupInstanceId ?? member.instanceId,
    rackId: rackId || member.rackId,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : request.rebalanceTimeoutMs,
    subscribedTopics: new Set(topics),
    subscribedRegex: '',
    classic: { sessionTimeoutMs: request.sessionTimeoutMs, supportedProtocols },
  }
}

interface Change {
  readonly before: ConsumerMember
  readonly after: ConsumerMember
  readonly owned: readonly TopicPartitions[]
  readonly records: GroupRecord[]
}

function update(step: ConsumerStep, group: ConsumerGroup, join: JoinRequest, change: Change): Written {
  const { before, after, records } = change
  const replaced = group.staticMember(join.request.groupInstanceId)
  const haveNamesChanged = writeMember(group, before, after, records)
  // A member of the new protocol may have had an expression.
  const regexChange = updateRegex(step, group, before, after, records)
  const isBumped = haveNamesChanged || regexChange !== 'none'
  const groupUpdate = updateGroup(step, group, { before, after, isBumped }, records)
  if (replaced !== undefined && mayDowngradeReplacing(step, group, replaced)) {
    return becomeClassic(step, group, join, { ...change, isBumped, groupEpoch: groupUpdate.groupEpoch })
  }
  return stayConsumer(step, group, join, { ...change, isBumped, ...groupUpdate })
}

function becomeClassic(
  step: ConsumerStep,
  group: ConsumerGroup,
  join: JoinRequest,
  change: Change & { readonly isBumped: boolean; readonly groupEpoch: number },
): Written {
  const { after, owned, isBumped: hasSubscriptionChanged, records } = change
  const isStale = group.assignmentEpoch < change.groupEpoch
  const target = { epoch: group.assignmentEpoch, partitions: group.targetOf(after) }
  const joining = isStale
    ? after
    : approachTarget(step, group, after, { target, hasSubscriptionChanged, owned }, records)
  if (joining instanceof Refusal) return refuse(join, joining)
  const others = [...group.members.values()].filter(member => member.instanceId !== joining.instanceId)
  const isReconciled = [joining, ...others].every(member => isReconciledTo(member, group.assignmentEpoch))
  const isFinished = !isStale && isReconciled
  const rebalanceReason = isFinished ? undefined : 'the group became a classic one before all had their assignment'
  const written = downgrade(step, group, { leaving: [], joining, records, rebalanceReason })
  const reply = answered(join, joining, () => {})
  const settled: Written['settled'] = (error, nowMs) => written.settled?.(error, nowMs) ?? reply?.(error, nowMs)
  return { ...written, settled }
}

function stayConsumer(
  step: ConsumerStep,
  group: ConsumerGroup,
  join: JoinRequest,
  change: Change & GroupUpdate & { readonly isBumped: boolean },
): Written {
  const { before, after, owned, isBumped: hasSubscriptionChanged, records } = change
  const target = targetOf(step, group, { ...change, before, member: after }, records)
  if (target instanceof Refusal) return refuse(join, target)
  const member = approachTarget(step, group, after, { target, hasSubscriptionChanged, owned }, records)
  if (member instanceof Refusal) return refuse(join, member)
  const { groupId, sessionTimeoutMs, rebalanceTimeoutMs } = join.request
  const onCommitted = (nowMs: number) => {
    const later = step.at(nowMs)
    endTimer(later, 'join', groupId, member.memberId)
    renewSession(later, groupId, member.memberId, sessionTimeoutMs)
    awaitSync(later, groupId, member.memberId, rebalanceTimeoutMs)
  }
  return { response: undefined, records, settled: answered(join, member, onCommitted) }
}

/** An error is the reply of whoever brought the request here. */
function answered({ reply }: JoinRequest, member: ConsumerMember, then: (nowMs: number) => void): Written['settled'] {
  const response: JoinResponse = {
    errorCode: errors.NONE.code,
    memberId: member.memberId,
    generationId: member.memberEpoch,
    protocolType: consumerProtocolType,
    protocolName: member.classic!.supportedProtocols[0]!.name,
    leader: '',
    members: [],
  }
  return (error, nowMs) => {
    if (error !== errors.NONE) return undefined
    then(nowMs)
    reply(response)
    return undefined
  }
}

// SyncGroup, Heartbeat and LeaveGroup of members of the classic protocol in a consumer group. The generation is the member's
// epoch; there is no leader, and every assignment is the broker's.
// Source: Kafka 4.3.0's GroupMetadataManager (classicGroup…ToConsumerGroup).

import { errors, type ProtocolError } from '../../../../protocol/errors.ts'
import type { heartbeat } from '../../../../protocol/messages/heartbeat.ts'
import type { leaveGroup } from '../../../../protocol/messages/leave-group.ts'
import type { syncGroup } from '../../../../protocol/messages/sync-group.ts'
import type { Message } from '../../../../protocol/wire/schema.ts'
import type { Decision } from '../../runtime/coordinator-state.ts'
import { consumerProtocolType } from '../classic/classic-group.ts'
import type { SyncReply } from '../classic/classic-member.ts'
import type { LeaveResponse } from '../classic/leave.ts'
import type { GroupRecord } from '../group-record.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ClassicMetadata, ConsumerMember } from './consumer-member.ts'
import { type ConsumerStep, note, nothing, Refusal, unknownMember, type Written } from './consumer-step.ts'
import { embeddedAssignment, subscriptionVersion } from './downgrade.ts'
import { fencedInstance, fenceMembers } from './fence.ts'
import { awaitJoin, renewSession } from './member-timeouts.ts'
import { endTimer } from './member-timers.ts'

type ClassicMember = ConsumerMember & { readonly classic: ClassicMetadata }
type SyncRequest = Message<typeof syncGroup.request>
type HeartbeatRequest = Message<typeof heartbeat.request>

/** The reply is called when everything before is committed, at once if it is an error. */
export function syncByClassicProtocol(
  step: ConsumerStep,
  group: ConsumerGroup,
  request: SyncRequest,
  reply: SyncReply,
): Written {
  const member = memberOf(group, request)
  const error = member instanceof Refusal ? member.error : checkSync(step, group, request, member)
  if (member instanceof Refusal || error !== errors.NONE) {
    reply({ errorCode: error.code })
    return nothing
  }
  const { groupId, memberId, protocolType, protocolName } = request
  const version = subscriptionVersion(member.classic.supportedProtocols[0]!.metadata)
  const settled: Written['settled'] = (failure, nowMs) => {
    if (failure !== errors.NONE) return undefined
    const later = step.at(nowMs)
    endTimer(later, 'sync', groupId, memberId)
    renewSession(later, groupId, memberId, member.classic.sessionTimeoutMs)
    const assignment = embeddedAssignment(member.assigned, step.topics, version)
    reply({ errorCode: errors.NONE.code, protocolType, protocolName, assignment })
    return undefined
  }
  return { response: undefined, settled }
}

/** The member that a request of the classic protocol, in its present generation, comes from. */
function memberOf(group: ConsumerGroup, request: SyncRequest | HeartbeatRequest): ClassicMember | Refusal {
  const { memberId, groupInstanceId } = request
  const member = groupInstanceId === null ? group.members.get(memberId) : group.staticMember(groupInstanceId)
  if (member === undefined) return unknownMember(group.groupId, groupInstanceId ?? memberId)
  if (groupInstanceId !== null && member.memberId !== memberId) return fencedInstance(groupInstanceId, memberId)
  if (!isClassic(member)) return unknownMember(group.groupId, memberId)
  if (member.memberEpoch === request.generationId) return member
  return new Refusal(errors.ILLEGAL_GENERATION, `${memberId} is at epoch ${member.memberEpoch}.`)
}

const isClassic = (member: ConsumerMember): member is ClassicMember => member.classic !== null

function checkSync(
  step: ConsumerStep,
  group: ConsumerGroup,
  { protocolType, protocolName }: SyncRequest,
  member: ClassicMember,
): ProtocolError {
  const isOfType = protocolType === null || protocolType === consumerProtocolType
  const isOfName = protocolName === null || protocolName === member.classic.supportedProtocols[0]!.name
  if (!isOfType || !isOfName) return errors.INCONSISTENT_GROUP_PROTOCOL
  // One that is giving partitions up has rejoined already: it goes on when it has given them up.
  if (group.assignmentEpoch <= member.memberEpoch || member.state === 'UnrevokedPartitions') return errors.NONE
  awaitJoin(step, group.groupId, member)
  return errors.REBALANCE_IN_PROGRESS
}

export function beatByClassicProtocol(
  step: ConsumerStep,
  group: ConsumerGroup,
  request: HeartbeatRequest,
): ProtocolError {
  const member = memberOf(group, request)
  if (member instanceof Refusal) return member.error
  renewSession(step, group.groupId, member.memberId, member.classic.sessionTimeoutMs)
  if (!mustRejoin(group, member)) return errors.NONE
  awaitJoin(step, group.groupId, member)
  return errors.REBALANCE_IN_PROGRESS
}

/** There is a new target, it has to give something up, or what it waits for is free. */
function mustRejoin(group: ConsumerGroup, member: ConsumerMember): boolean {
  if (member.memberEpoch < group.assignmentEpoch || member.state === 'UnrevokedPartitions') return true
  return member.state === 'UnreleasedPartitions' && !isWaiting(group, member)
}

/** Whether somebody still has a partition of its target. */
function isWaiting(group: ConsumerGroup, member: ConsumerMember): boolean {
  for (const [topicId, partitions] of group.target(member.memberId)) {
    for (const partition of partitions) {
      const isOwn = member.assigned.get(topicId)?.has(partition)
      if (!isOwn && group.partitionEpoch(topicId, partition) !== undefined) return true
    }
  }
  return false
}

type LeavingMember = Message<typeof leaveGroup.request>['members'][number]

/** Members of both protocols, by themselves or removed by an administrator: all in one decision. */
export function leaveByClassicProtocol(
  step: ConsumerStep,
  group: ConsumerGroup,
  members: readonly LeavingMember[],
): Decision<LeaveResponse, GroupRecord> {
  const found = members.map(leaving => ({ leaving, member: findLeaving(group, leaving) }))
  const leavers = new Set<ConsumerMember>()
  for (const { member } of found) if (!(member instanceof Refusal)) leavers.add(member)
  for (const { memberId, instanceId } of leavers) {
    note(step, group, 'member leaves the group', { memberId, instanceId })
  }
  const answers = found.map(({ leaving: { memberId, groupInstanceId }, member }) => {
    const errorCode = member instanceof Refusal ? member.error.code : errors.NONE.code
    return { memberId, groupInstanceId, errorCode }
  })
  return { ...fenceMembers(step, group, [...leavers]), response: { errorCode: errors.NONE.code, members: answers } }
}

/** An administrator knows only instance ids. */
function findLeaving(group: ConsumerGroup, { memberId, groupInstanceId }: LeavingMember): ConsumerMember | Refusal {
  if (groupInstanceId === null) return group.members.get(memberId) ?? unknownMember(group.groupId, memberId)
  const member = group.staticMember(groupInstanceId)
  if (member === undefined) return unknownMember(group.groupId, groupInstanceId)
  return memberId === '' || member.memberId === memberId ? member : fencedInstance(groupInstanceId, memberId)
}

// JoinGroup: a new member, a member that comes back, or one that is not (any more).
// Source: Kafka 4.3.0's GroupMetadataManager.classicGroupJoinToClassicGroup.

import { errors, type ProtocolError } from '../../../../protocol/errors.ts'
import type { joinGroup } from '../../../../protocol/messages/join-group.ts'
import type { Message } from '../../../../protocol/wire/schema.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicMember, type JoinReply, type MemberTerms } from './classic-member.ts'
import { expireSession, joinResponse, rebalanceOrCompleteJoin, renewSession } from './rebalance.ts'
import { joinStaticMember } from './static-member.ts'
import { note, type Step, schedule, sessionTimer, type Written } from './step.ts'
import { consumerProtocolType, isLoadableSubscription } from './subscribed-topics.ts'

/** A JoinGroup, and how to answer it. */
export interface JoinRequest {
  readonly request: Message<typeof joinGroup.request>
  readonly apiVersion: number
  readonly clientId: string
  readonly clientHost: string
  readonly reply: JoinReply
}

/**
 * How long a new member waits in a rebalance. It cannot be told from one whose client has gone away, and each retry of such a
 * client would leave another one behind.
 */
export const newMemberJoinMs = 300_000

/** From this version on a dynamic member must come back with the id that it was given before it counts. */
const memberIdRequiredSince = 4

/** Decides a JoinGroup. The reply is called now, or when the rebalance is complete. */
export function join(step: Step, group: ClassicGroup, join: JoinRequest): Written {
  const { request, reply } = join
  const isNew = request.memberId === ''
  if (!hasRoomFor(step, group, request.memberId)) {
    group.remove(request.memberId)
    reply({ memberId: '', errorCode: errors.GROUP_MAX_SIZE_REACHED.code })
    return undefined
  }
  if (!group.supports(request.protocolType, request.protocols) || !isLoadable(request)) {
    reply({ memberId: request.memberId, errorCode: errors.INCONSISTENT_GROUP_PROTOCOL.code })
    return undefined
  }
  return isNew ? joinNewMember(step, group, join) : joinKnownMember(step, group, join)
}

/** What a group is told by its members is written into its record, which must be one that Kafka can load. */
function isLoadable({ protocolType, protocols }: JoinRequest['request']): boolean {
  return protocolType !== consumerProtocolType || protocols.every(({ metadata }) => isLoadableSubscription(metadata))
}

function hasRoomFor(step: Step, group: ClassicGroup, memberId: string): boolean {
  const { maxSize } = step.settings
  switch (group.state) {
    case 'Empty':
    case 'Dead':
      return true
    case 'PreparingRebalance':
      // Who has rejoined counts, not who was a member: a group over its limit loses those that rejoin last.
      return group.members.get(memberId)?.awaitingJoin !== undefined || group.awaitingJoinCount < maxSize
    case 'CompletingRebalance':
    case 'Stable':
      return group.members.has(memberId) || group.members.size < maxSize
  }
}

function joinNewMember(step: Step, group: ClassicGroup, join: JoinRequest): Written {
  const { groupInstanceId } = join.request
  const memberId = step.newMemberId(groupInstanceId ?? join.clientId)
  if (groupInstanceId !== null) {
    const owner = group.staticMemberId(groupInstanceId)
    if (owner !== undefined) return joinStaticMember(step, group, join, group.members.get(owner)!, memberId)
    return addMember(step, group, join, memberId)
  }
  return join.apiVersion < memberIdRequiredSince
    ? addMember(step, group, join, memberId)
    : giveOutMemberId(step, group, join, memberId)
}

/** Without this each retry of a client whose JoinGroup timed out would be another member, and the rebalance wait for all. */
function giveOutMemberId(step: Step, group: ClassicGroup, { request, reply }: JoinRequest, memberId: string): Written {
  if (group.pendingMembers.size >= step.settings.pendingMembersMax) {
    reply({ memberId: '', errorCode: errors.COORDINATOR_NOT_AVAILABLE.code })
    return undefined
  }
  group.pendingMembers.add(memberId)
  const key = sessionTimer(group, memberId)
  schedule(step, group, key, request.sessionTimeoutMs, later => expireSession(later, group, memberId))
  reply({ memberId, errorCode: errors.MEMBER_ID_REQUIRED.code })
  return undefined
}

function addMember(step: Step, group: ClassicGroup, join: JoinRequest, memberId: string): Written {
  const { groupInstanceId, protocolType } = join.request
  const { clientId, clientHost, reply } = join
  const member = new ClassicMember({ memberId, groupInstanceId, clientId, clientHost, protocolType }, termsOf(join))
  member.isNew = true
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.newMemberAdded = true
  group.add(member)
  group.parkJoin(member, reply)
  renewSession(step, group, member, newMemberJoinMs)
  note(step, group, 'member joins the group', { memberId, groupInstanceId, clientHost })
  return rebalanceOrCompleteJoin(step, group, `new member ${memberId}${reasonOf(join)}`)
}

function joinKnownMember(step: Step, group: ClassicGroup, join: JoinRequest): Written {
  const { memberId, groupInstanceId } = join.request
  if (group.pendingMembers.has(memberId)) {
    // Only dynamic members are given an id in advance: whoever says both mixes two clients up.
    if (groupInstanceId !== null) return refuse(join, errors.UNKNOWN_SERVER_ERROR)
    return addMember(step, group, join, memberId)
  }
  const error = group.checkMember(memberId, groupInstanceId)
  if (error !== errors.NONE) return refuse(join, error)
  return rejoin(step, group, join, group.members.get(memberId)!)
}

function rejoin(step: Step, group: ClassicGroup, join: JoinRequest, member: ClassicMember): Written {
  const isUnchanged = member.hasProtocols(join.request.protocols)
  const isLeader = group.leaderId === member.memberId
  switch (group.state) {
    case 'PreparingRebalance':
      return updateMember(step, group, join, member, 'member rejoins')
    case 'CompletingRebalance':
      if (!isUnchanged) return updateMember(step, group, join, member, 'member changes its metadata')
      // It may have missed the answer to its first JoinGroup: it gets it again.
      join.reply(joinResponse(group, member))
      return undefined
    case 'Stable':
      // A leader that rejoins knows of a change that no metadata shows: new partitions of a topic, for example.
      if (isLeader) return updateMember(step, group, join, member, 'leader rejoins')
      if (!isUnchanged) return updateMember(step, group, join, member, 'member changes its metadata')
      join.reply(joinResponse(group, member))
      return undefined
    case 'Empty':
    case 'Dead':
      return refuse(join, errors.UNKNOWN_MEMBER_ID)
  }
}

function updateMember(
  step: Step,
  group: ClassicGroup,
  join: JoinRequest,
  member: ClassicMember,
  what: string,
): Written {
  group.updateTerms(member, termsOf(join))
  group.parkJoin(member, join.reply)
  return rebalanceOrCompleteJoin(step, group, `${what}: ${member.memberId}${reasonOf(join)}`)
}

function refuse({ request, reply }: JoinRequest, error: ProtocolError): Written {
  reply({ memberId: request.memberId, errorCode: error.code })
  return undefined
}

/** What the client says about itself. Bytes are copied: the request's belong to the connection. */
export function termsOf({ request, apiVersion }: JoinRequest): MemberTerms {
  return {
    // Version 0 has no rebalance timeout.
    rebalanceTimeoutMs: apiVersion === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
  }
}

/** Why the client says it joins, to follow the coordinator's own reason. */
export function reasonOf({ request }: JoinRequest): string {
  return request.reason ? ` (client: ${request.reason})` : ''
}

// The rebalance of a classic group: who starts one, how long it waits for members, and when the next generation begins.
// Source: Kafka 4.3.0's GroupMetadataManager (prepareRebalance to completeClassicGroupJoin).

import { errors, type ProtocolError } from '../../../../protocol/errors.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type ClassicMember, noAssignment } from './classic-member.ts'
import { joinTimer, note, type Step, schedule, sessionTimer, syncTimer, type Written } from './step.ts'
import { groupRecord } from './stored-classic-group.ts'

/** Something changed that all members must agree on: starts a rebalance, or sees whether the one under way is complete. */
export function rebalanceOrCompleteJoin(step: Step, group: ClassicGroup, reason: string): Written {
  return group.state === 'PreparingRebalance' ? completeJoinPhase(step, group) : prepareRebalance(step, group, reason)
}

/** Has everybody rejoin. The first rebalance of a group waits a while for members that are just starting up. */
export function prepareRebalance(step: Step, group: ClassicGroup, reason: string): Written {
  // Members that wait for an assignment will not get it any more: they must rejoin.
  if (group.state === 'CompletingRebalance') dropAssignments(step, group, errors.REBALANCE_IN_PROGRESS)
  group.pendingSync.clear()
  step.timers.cancel(syncTimer(group))
  const isFirst = group.state === 'Empty'
  group.transitionTo('PreparingRebalance', step.nowMs)
  note(step, group, 'group rebalances', { reason, members: group.members.size })
  if (!isFirst) return completeJoinOrWait(step, group)
  const delayMs = step.settings.initialRebalanceDelayMs
  waitForFirstMembers(step, group, delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0))
  return undefined
}

/** All who wait for an assignment are told the error instead. */
export function dropAssignments(step: Step, group: ClassicGroup, error: ProtocolError): void {
  for (const member of group.members.values()) {
    member.assignment = noAssignment
    const response = { errorCode: error.code, assignment: noAssignment }
    if (group.completeSync(member, response)) renewSession(step, group, member)
  }
}

/** Completes the join phase if everybody is there; not before the delay of the first rebalance is over. */
export function completeJoinPhase(step: Step, group: ClassicGroup): Written {
  const isWaitingForFirstMembers = group.previousState === 'Empty'
  if (group.state !== 'PreparingRebalance' || isWaitingForFirstMembers || !group.hasAllMembersJoined) return undefined
  return completeJoin(step, group)
}

function completeJoinOrWait(step: Step, group: ClassicGroup): Written {
  if (group.hasAllMembersJoined) return completeJoin(step, group)
  schedule(step, group, joinTimer(group), group.rebalanceTimeoutMs, later => completeJoin(later, group))
  return undefined
}

function waitForFirstMembers(step: Step, group: ClassicGroup, delayMs: number, remainingMs: number): void {
  schedule(step, group, joinTimer(group), delayMs, later => {
    if (!group.newMemberAdded || remainingMs === 0) return completeJoin(later, group)
    // Somebody joined while we waited: others may follow, so the delay begins anew, within the rebalance timeout.
    group.newMemberAdded = false
    const nextDelayMs = Math.min(later.settings.initialRebalanceDelayMs, remainingMs)
    waitForFirstMembers(later, group, nextDelayMs, Math.max(remainingMs - delayMs, 0))
    return undefined
  })
}

/** Time is up, or everybody is there: who has not joined is out, the others begin the next generation. */
export function completeJoin(step: Step, group: ClassicGroup): Written {
  step.timers.cancel(joinTimer(group))
  if (group.state !== 'PreparingRebalance') return undefined
  removeAbsentMembers(step, group)
  if (!group.electJoinedLeader() && group.members.size > 0) {
    // Only static members are left, and none of them has rejoined: their session timeouts decide.
    note(step, group, 'group waits on: none of its static members has rejoined', { members: group.members.size })
    schedule(step, group, joinTimer(group), group.rebalanceTimeoutMs, later => completeJoin(later, group))
    return undefined
  }
  group.beginNextGeneration(step.nowMs)
  if (group.members.size === 0) {
    note(step, group, 'group is empty')
    return { response: undefined, records: [groupRecord(group, new Map())], alreadyApplied: true }
  }
  answerJoins(step, group)
  return undefined
}

/** Dynamic members that have not rejoined; static ones have until their session times out. */
function removeAbsentMembers(step: Step, group: ClassicGroup): void {
  for (const member of [...group.members.values()]) {
    if (member.awaitingJoin !== undefined || member.isStatic) continue
    group.remove(member.memberId)
    step.timers.cancel(sessionTimer(group, member.memberId))
    note(step, group, 'group goes on without a member that did not rejoin in time', { memberId: member.memberId })
  }
}

function answerJoins(step: Step, group: ClassicGroup): void {
  note(step, group, 'group begins a generation', { members: group.members.size, protocol: group.protocolName })
  for (const member of group.members.values()) {
    group.completeJoin(member, joinResponse(group, member))
    renewSession(step, group, member)
    member.isNew = false
    group.pendingSync.add(member.memberId)
  }
  const { generation } = group
  schedule(step, group, syncTimer(group), group.rebalanceTimeoutMs, later =>
    expirePendingSync(later, group, generation),
  )
}

/** What a member of the current generation is told; the leader also learns of the others. */
export function joinResponse(group: ClassicGroup, member: ClassicMember) {
  return {
    errorCode: errors.NONE.code,
    memberId: member.memberId,
    generationId: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? '',
    skipAssignment: false,
    members: group.leaderId === member.memberId ? joinedMembers(group) : [],
  }
}

/** The members as the leader sees them. */
export function joinedMembers(group: ClassicGroup) {
  return [...group.members.values()].map(member => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: member.metadata(group.protocolName!),
  }))
}

/** Members that have joined but do not fetch their assignment are out. */
function expirePendingSync(step: Step, group: ClassicGroup, generation: number): Written {
  const isCurrent = group.generation === generation
  const hasBegun = group.state === 'CompletingRebalance' || group.state === 'Stable'
  if (!isCurrent || !hasBegun || group.pendingSync.size === 0) return undefined
  const memberIds = [...group.pendingSync]
  for (const memberId of memberIds) {
    dismiss(group, group.members.get(memberId)!)
    step.timers.cancel(sessionTimer(group, memberId))
  }
  return prepareRebalance(step, group, `no SyncGroup in time from ${memberIds.join(', ')}`)
}

/** The member is alive: it has its session timeout (or `timeoutMs`) until it must say so again. */
export function renewSession(
  step: Step,
  group: ClassicGroup,
  member: ClassicMember,
  timeoutMs: number = member.terms.sessionTimeoutMs,
): void {
  const { memberId } = member
  schedule(step, group, sessionTimer(group, memberId), timeoutMs, later => expireSession(later, group, memberId))
}

/** The session of a member, or of a member id that was given out and never used, is over. */
export function expireSession(step: Step, group: ClassicGroup, memberId: string): Written {
  if (group.pendingMembers.has(memberId)) {
    group.remove(memberId)
    note(step, group, 'group forgets a member id that was not used within the session timeout', { memberId })
    return group.state === 'PreparingRebalance' && group.hasAllMembersJoined ? completeJoin(step, group) : undefined
  }
  const member = group.members.get(memberId)
  // One whose request is parked gets a new session with the answer.
  if (member === undefined || member.isExcusedFromHeartbeat) return undefined
  note(step, group, 'group loses a member: its session timed out', { memberId })
  return removeMember(step, group, member, `member ${memberId} sent no heartbeat within its session timeout`)
}

/** Removes a member. If a request of it is parked, it learns that it must begin anew. */
export function dismiss(group: ClassicGroup, member: ClassicMember): void {
  group.completeJoin(member, { memberId: '', errorCode: errors.UNKNOWN_MEMBER_ID.code })
  // Kafka leaves a parked SyncGroup without an answer here, until the client gives up.
  group.completeSync(member, { errorCode: errors.UNKNOWN_MEMBER_ID.code })
  group.remove(member.memberId)
}

function removeMember(step: Step, group: ClassicGroup, member: ClassicMember, reason: string): Written {
  dismiss(group, member)
  if (group.state === 'PreparingRebalance') return group.hasAllMembersJoined ? completeJoin(step, group) : undefined
  return group.state === 'Empty' ? undefined : prepareRebalance(step, group, reason)
}

// A static member that comes back without its member id, after a restart: it takes over from the one it was, if possible
// without a rebalance (KIP-345, KIP-814).
// Source: Kafka 4.3.0's GroupMetadataManager.updateStaticMemberThenRebalanceOrCompleteJoin.

import { errors, type ProtocolError } from '../../../../protocol/errors.ts'
import { clientError } from '../client-error.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { ClassicMember } from './classic-member.ts'
import { type JoinRequest, reasonOf, termsOf } from './join.ts'
import { completeJoinPhase, joinResponse, prepareRebalance, renewSession } from './rebalance.ts'
import { note, type Step, type Written } from './step.ts'
import { groupRecord } from './stored-classic-group.ts'

/** From this version on a leader can be told to take the assignments as they are. */
const skipAssignmentSince = 9

interface Replacement {
  readonly join: JoinRequest
  readonly before: ClassicMember
  readonly member: ClassicMember
  readonly leaderBefore: string | null
}

/** `before` is the member under the same instance id; it goes on as `newMemberId`. */
export function joinStaticMember(
  step: Step,
  group: ClassicGroup,
  join: JoinRequest,
  before: ClassicMember,
  newMemberId: string,
): Written {
  const leaderBefore = group.leaderId
  const member = group.replaceStaticMember(before, newMemberId)
  note(step, group, 'static member comes back under another member id', { was: before.memberId, memberId: newMemberId })
  // The old id's session ends without effect: nobody has it any more.
  renewSession(step, group, member)
  group.updateTerms(member, termsOf(join))
  group.parkJoin(member, join.reply)
  const name = `static member ${member.groupInstanceId}${reasonOf(join)}`
  switch (group.state) {
    case 'Stable':
      if (group.selectProtocol() === group.protocolName) {
        return keepGeneration(step, group, { join, before, member, leaderBefore })
      }
      return prepareRebalance(step, group, `${name} changes the protocol the group agrees on`)
    case 'CompletingRebalance':
      // The leader may be assigning to the old member id right now; what it assigns would reach nobody.
      return prepareRebalance(step, group, `${name} comes back while the assignment is being made`)
    case 'PreparingRebalance':
      return completeJoinPhase(step, group)
    case 'Empty':
    case 'Dead':
      throw new Error(`group ${group.groupId} is ${group.state} and has static member ${before.memberId}`)
  }
}

/** Only the member id changes: that is written, then the member is told of the generation that it is in already. */
function keepGeneration(step: Step, group: ClassicGroup, replacement: Replacement): Written {
  const assignments = new Map([...group.members.values()].map(member => [member.memberId, member.assignment]))
  return {
    response: undefined,
    records: [groupRecord(group, assignments)],
    alreadyApplied: true,
    settled: (error, nowMs) => {
      // A rebalance that has begun meanwhile answers the member, under its new id.
      if (group.state !== 'Stable' || replacement.member.awaitingJoin === undefined) return undefined
      if (error === errors.NONE) answer(group, replacement)
      else revert(step.at(nowMs), group, replacement, error)
      return undefined
    },
  }
}

function answer(group: ClassicGroup, { join, member, leaderBefore }: Replacement): void {
  const response = joinResponse(group, member)
  if (join.apiVersion >= skipAssignmentSince) {
    group.completeJoin(member, { ...response, skipAssignment: group.leaderId === member.memberId })
  } else {
    // A client that cannot skip the assignment must not take itself for the leader: it would assign anew, for nobody.
    group.completeJoin(member, { ...response, leader: leaderBefore ?? '', members: [] })
  }
}

/** The log still has the old member id, so that one stays. */
function revert(
  step: Step,
  group: ClassicGroup,
  { before, member, leaderBefore }: Replacement,
  error: ProtocolError,
): void {
  const response = { ...joinResponse(group, member), memberId: '', leader: leaderBefore ?? '', members: [] }
  group.completeJoin(member, { ...response, errorCode: clientError(error).code })
  group.updateTerms(member, before.terms)
  renewSession(step, group, group.replaceStaticMember(member, before.memberId))
  note(step, group, 'static member stays under its old member id: the new one could not be written', {
    memberId: before.memberId,
  })
}

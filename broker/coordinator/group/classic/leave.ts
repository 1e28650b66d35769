// LeaveGroup: members go, by themselves or removed by an administrator (who knows only their instance ids).
// Source: Kafka 4.3.0's GroupMetadataManager.classicGroupLeaveToClassicGroup.

import { errors, type ProtocolError } from '../../../../protocol/errors.ts'
import type { leaveGroup } from '../../../../protocol/messages/leave-group.ts'
import type { Message, MessageInput } from '../../../../protocol/wire/schema.ts'
import type { Decision } from '../../runtime/coordinator-state.ts'
import type { GroupRecord } from '../group-record.ts'
import type { ClassicGroup } from './classic-group.ts'
import { completeJoinPhase, dismiss, prepareRebalance } from './rebalance.ts'
import { note, type Step, sessionTimer, type Written } from './step.ts'

export type LeaveResponse = MessageInput<typeof leaveGroup.response>
type LeavingMember = Message<typeof leaveGroup.request>['members'][number]

/** One answer per member; those that could leave do so in one rebalance. */
export function leave(
  step: Step,
  group: ClassicGroup,
  members: readonly LeavingMember[],
): Decision<LeaveResponse, GroupRecord> {
  const answers = members.map(member => ({ member, error: leaveOne(step, group, member) }))
  const response = {
    errorCode: errors.NONE.code,
    members: answers.map(({ member: { memberId, groupInstanceId }, error }) => {
      return { memberId, groupInstanceId, errorCode: error.code }
    }),
  }
  const left = answers.filter(({ error }) => error === errors.NONE).map(({ member }) => nameOf(member))
  return { ...(left.length > 0 ? rebalanceWithout(step, group, left) : undefined), response }
}

function rebalanceWithout(step: Step, group: ClassicGroup, left: readonly string[]): Written {
  if (group.state === 'PreparingRebalance') return completeJoinPhase(step, group)
  if (group.state === 'Empty') return undefined
  return prepareRebalance(step, group, `left: ${left.join(', ')}`)
}

function leaveOne(step: Step, group: ClassicGroup, leaving: LeavingMember): ProtocolError {
  const { memberId, groupInstanceId, reason } = leaving
  if (group.pendingMembers.has(memberId)) {
    group.remove(memberId)
    step.timers.cancel(sessionTimer(group, memberId))
    return errors.NONE
  }
  const known = memberId === '' && groupInstanceId !== null ? group.staticMemberId(groupInstanceId) : memberId
  const error = memberId === '' ? byInstance(known) : group.checkMember(memberId, groupInstanceId)
  if (error !== errors.NONE) return error
  const member = group.members.get(known!)!
  step.timers.cancel(sessionTimer(group, member.memberId))
  dismiss(group, member)
  note(step, group, 'member leaves the group', { memberId: member.memberId, groupInstanceId, reason })
  return errors.NONE
}

function byInstance(known: string | undefined): ProtocolError {
  return known ? errors.NONE : errors.UNKNOWN_MEMBER_ID
}

function nameOf({ memberId, groupInstanceId }: LeavingMember): string {
  return memberId || groupInstanceId || ''
}

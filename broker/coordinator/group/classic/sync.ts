// SyncGroup: the leader brings the assignments of all, everybody takes its own.
// Source: Kafka 4.3.0's GroupMetadataManager.classicGroupSyncToClassicGroup.

import { errors, type ProtocolError } from '../../../../protocol/errors.ts'
import type { syncGroup } from '../../../../protocol/messages/sync-group.ts'
import type { Message } from '../../../../protocol/wire/schema.ts'
import { clientError } from '../client-error.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type ClassicMember, noAssignment, type SyncReply } from './classic-member.ts'
import { dropAssignments, rebalanceOrCompleteJoin, renewSession } from './rebalance.ts'
import { note, type Step, syncTimer, type Written } from './step.ts'
import { groupRecord } from './stored-classic-group.ts'

type SyncRequest = Message<typeof syncGroup.request>

/** Decides a SyncGroup. The reply is called now, or when the leader's assignment is committed. */
export function sync(step: Step, group: ClassicGroup, request: SyncRequest, reply: SyncReply): Written {
  const error = checkSync(group, request)
  if (error !== errors.NONE) {
    reply({ errorCode: error.code })
    return undefined
  }
  const member = group.members.get(request.memberId)!
  group.pendingSync.delete(member.memberId)
  if (group.pendingSync.size === 0) step.timers.cancel(syncTimer(group))
  if (group.state === 'Stable') {
    reply(syncResponse(group, member))
    return undefined
  }
  group.parkSync(member, reply)
  return group.leaderId === member.memberId ? writeAssignments(step, group, request) : undefined
}

function checkSync(group: ClassicGroup, request: SyncRequest): ProtocolError {
  const error = group.checkMember(request.memberId, request.groupInstanceId)
  if (error !== errors.NONE) return error
  if (request.generationId !== group.generation) return errors.ILLEGAL_GENERATION
  if (differs(request.protocolType, group.protocolType) || differs(request.protocolName, group.protocolName)) {
    return errors.INCONSISTENT_GROUP_PROTOCOL
  }
  return group.state === 'PreparingRebalance' ? errors.REBALANCE_IN_PROGRESS : errors.NONE
}

/** Null says nothing: older versions do not send it. */
function differs(asked: string | null, agreed: string | null): boolean {
  return asked !== null && agreed !== null && asked !== agreed
}

function writeAssignments(step: Step, group: ClassicGroup, request: SyncRequest): Written {
  const { generation } = group
  const given = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, Buffer.from(assignment)]))
  return {
    response: undefined,
    records: [groupRecord(group, given)],
    alreadyApplied: true,
    settled: (error, nowMs) => {
      // A member may have joined or left while the record was being written: then this generation is over already.
      if (group.state !== 'CompletingRebalance' || group.generation !== generation) return undefined
      const later = step.at(nowMs)
      if (error === errors.NONE) return spreadAssignments(later, group, given)
      dropAssignments(later, group, clientError(error))
      return rebalanceOrCompleteJoin(later, group, 'the assignment could not be written')
    },
  }
}

function spreadAssignments(step: Step, group: ClassicGroup, given: ReadonlyMap<string, Buffer>): undefined {
  for (const member of group.members.values()) {
    member.assignment = given.get(member.memberId) ?? noAssignment
    // One that has not been heard of while it was parked here gets its full session from now on.
    if (group.completeSync(member, syncResponse(group, member))) renewSession(step, group, member)
  }
  group.transitionTo('Stable', step.nowMs)
  step.counters.classicRebalances++
  note(step, group, 'group is stable', { members: group.members.size, protocol: group.protocolName })
}

function syncResponse(group: ClassicGroup, member: ClassicMember) {
  const { protocolType, protocolName } = group
  return { errorCode: errors.NONE.code, protocolType, protocolName, assignment: member.assignment }
}

// The requests of members of the classic protocol, brought to their group: a classic one, or a consumer group that has such
// members. A share or streams group answers as if the member were not in it.
// Source: Kafka 4.3.0's GroupMetadataManager (classicGroupJoin, -Sync, -Heartbeat, -Leave).

import { errors } from '../../../protocol/errors.ts'
import type { heartbeat } from '../../../protocol/messages/heartbeat.ts'
import type { leaveGroup } from '../../../protocol/messages/leave-group.ts'
import type { syncGroup } from '../../../protocol/messages/sync-group.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import type { Decision } from '../runtime/coordinator-state.ts'
import { ClassicGroup } from './classic/classic-group.ts'
import type { SyncReply } from './classic/classic-member.ts'
import { beat } from './classic/heartbeat.ts'
import { type JoinRequest, join } from './classic/join.ts'
import { type LeaveResponse, leave } from './classic/leave.ts'
import { newGroupRecord } from './classic/stored-classic-group.ts'
import { sync } from './classic/sync.ts'
import { joinByClassicProtocol } from './consumer/classic-join.ts'
import { beatByClassicProtocol, leaveByClassicProtocol, syncByClassicProtocol } from './consumer/classic-requests.ts'
import { groupTombstones } from './consumer/consumer-records.ts'
import type { Group } from './group.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupState } from './group-state.ts'

type Decided<Response> = Decision<Response, GroupRecord>
const nothing: Decided<undefined> = { response: undefined }

/** The reply is called now or later; the group is created if the member has no id yet. */
export function decideJoin(state: GroupState, nowMs: number, request: JoinRequest): Decided<undefined> {
  const { groupId, memberId } = request.request
  const existing = withMembers(state.groups.get(groupId))
  if (existing?.type === 'consumer') return joinByClassicProtocol(state.consumerStep(nowMs), existing, request)
  if (existing !== undefined && existing.type !== 'classic') {
    request.reply({ memberId: '', errorCode: errors.INCONSISTENT_GROUP_PROTOCOL.code })
    return nothing
  }
  if (existing === undefined && memberId !== '') {
    request.reply({ memberId, errorCode: errors.UNKNOWN_MEMBER_ID.code })
    return nothing
  }
  if (existing !== undefined) return join(state.step(nowMs), existing, request) ?? nothing
  return createGroup(state, nowMs, request)
}

/**
 * A new group is written at once, without members, so that it exists for whoever asks. If that is refused the group is gone
 * again, and the error is the answer to everybody who joined it: their events wait for its record.
 */
function createGroup(state: GroupState, nowMs: number, request: JoinRequest): Decided<undefined> {
  const { groupId } = request.request
  const before = state.groups.get(groupId)
  const group = ClassicGroup.empty(groupId, nowMs)
  state.groups.set(groupId, group)
  const records = [...(before?.type === 'consumer' ? groupTombstones(before, []) : []), newGroupRecord(group)]
  return join(state.step(nowMs), group, request) ?? { response: undefined, records, alreadyApplied: true }
}

/** A consumer group that has lost all its members may become a classic one: for its old members it is not there. */
function withMembers(group: Group | undefined): Group | undefined {
  return group?.type === 'consumer' && group.members.size === 0 ? undefined : group
}

/** The reply is called now or later. */
export function decideSync(
  state: GroupState,
  nowMs: number,
  request: Message<typeof syncGroup.request>,
  reply: SyncReply,
): Decided<undefined> {
  const group = state.groups.get(request.groupId)
  if (group?.type === 'classic') return sync(state.step(nowMs), group, request, reply) ?? nothing
  if (group?.type === 'consumer') return syncByClassicProtocol(state.consumerStep(nowMs), group, request, reply)
  reply({ errorCode: errors.UNKNOWN_MEMBER_ID.code })
  return nothing
}

export function decideHeartbeat(
  state: GroupState,
  nowMs: number,
  request: Message<typeof heartbeat.request>,
): Decided<MessageInput<typeof heartbeat.response>> {
  const group = state.groups.get(request.groupId)
  if (group?.type === 'classic') return { response: { errorCode: beat(state.step(nowMs), group, request).code } }
  if (group?.type !== 'consumer') return { response: { errorCode: errors.UNKNOWN_MEMBER_ID.code } }
  return { response: { errorCode: beatByClassicProtocol(state.consumerStep(nowMs), group, request).code } }
}

/** `members`: also where the request's version knows one member only. */
export function decideLeave(
  state: GroupState,
  nowMs: number,
  groupId: string,
  members: Message<typeof leaveGroup.request>['members'],
): Decided<LeaveResponse> {
  const group = state.groups.get(groupId)
  if (group?.type === 'classic') return leave(state.step(nowMs), group, members)
  if (group?.type === 'consumer') return leaveByClassicProtocol(state.consumerStep(nowMs), group, members)
  const errorCode = errors.UNKNOWN_MEMBER_ID.code
  const answers = members.map(({ memberId, groupInstanceId }) => ({ memberId, groupInstanceId, errorCode }))
  return { response: { errorCode: errors.NONE.code, members: answers } }
}

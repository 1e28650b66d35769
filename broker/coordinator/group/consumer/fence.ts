// Members go: they leave, are removed, or are no longer heard of. When only members of the classic protocol are left, the group
// goes on as a classic one.
// Source: Kafka 4.3.0's GroupMetadataManager (consumerGroupLeave, consumerGroupFenceMembers).

import { errors } from '../../../../protocol/errors.ts'
import type { GroupRecord } from '../group-record.ts'
import { noEpochs, withEpoch } from './assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, staticLeaveEpoch } from './consumer-member.ts'
import { currentAssignmentRecord, epochRecord, memberTombstones, regexTombstone } from './consumer-records.ts'
import { type ConsumerStep, note, Refusal, unknownMember, type Written } from './consumer-step.ts'
import { downgrade, mayDowngradeWithout } from './downgrade.ts'
import { endTimers } from './member-timers.ts'
import { subscriptionsWithout } from './subscriptions.ts'

/** Removes members with all that is known of them. The others have a new target to reach. */
export function fenceMembers(step: ConsumerStep, group: ConsumerGroup, members: readonly ConsumerMember[]): Written {
  if (members.length === 0) return { response: undefined }
  if (mayDowngradeWithout(step, group, members)) {
    return downgrade(step, group, { leaving: members, rebalanceReason: 'the last consumer-protocol members have left' })
  }
  const { groupId } = group
  const records: GroupRecord[] = members.flatMap(({ memberId }) => memberTombstones(groupId, memberId))
  const { topics, droppedRegexes } = subscriptionsWithout(group, members)
  records.push(...droppedRegexes.map(regex => regexTombstone(groupId, regex)))
  records.push(epochRecord(groupId, group.epoch + 1, step.topics.hashOf(topics.keys())))
  return { response: undefined, records, settled: (_error, nowMs) => forget(step.at(nowMs), groupId, members) }
}

/** Whoever is no member any more needs no timers; one that could not be removed, or has come back, does. */
function forget(step: ConsumerStep, groupId: string, members: readonly ConsumerMember[]): undefined {
  const group = step.groups.get(groupId)
  const isMember = (memberId: string) => group?.type === 'consumer' && group.members.has(memberId)
  for (const { memberId } of members) if (!isMember(memberId)) endTimers(step, groupId, memberId)
}

export interface Leaving {
  readonly memberId: string
  readonly instanceId: string | null
}

/** The member that says it leaves. A static one is known by its instance id. */
export function findLeaving(group: ConsumerGroup, { memberId, instanceId }: Leaving): ConsumerMember | Refusal {
  if (instanceId === null) return group.members.get(memberId) ?? unknownMember(group.groupId, memberId)
  const member = group.staticMember(instanceId)
  if (member === undefined) return unknownMember(group.groupId, instanceId)
  return member.memberId === memberId ? member : fencedInstance(instanceId, memberId)
}

export function fencedInstance(instanceId: string, memberId: string): Refusal {
  const text = `${memberId} is no longer the member with instance id ${instanceId}: another one has taken it over.`
  return new Refusal(errors.FENCED_INSTANCE_ID, text)
}

export function leave(step: ConsumerStep, group: ConsumerGroup, member: ConsumerMember): Written {
  note(step, group, 'member leaves the group', { memberId: member.memberId, instanceId: member.instanceId })
  return fenceMembers(step, group, [member])
}

/**
 * A static member goes and is expected back: it keeps its assignment until its session times out. Its epochs begin anew then,
 * so that the member it comes back as may commit for these partitions.
 */
export function leaveForNow(step: ConsumerStep, group: ConsumerGroup, member: ConsumerMember): Written {
  note(step, group, 'static member leaves for now', { memberId: member.memberId, instanceId: member.instanceId })
  const away = {
    ...member,
    memberEpoch: staticLeaveEpoch,
    assigned: withEpoch(member.assigned, 0),
    pendingRevocation: noEpochs,
  }
  return { response: undefined, records: [currentAssignmentRecord(group.groupId, away)] }
}

// The target assignment follows the group's epoch: the assignor runs once for all that has happened, by the next heartbeat after
// the assignment interval; until then members go on towards the target that holds.
// Source: Kafka 4.3.0's TargetAssignmentBuilder, GroupMetadataManager.maybeUpdateTargetAssignment.

import { errors } from '../../../../protocol/errors.ts'
import type { Uuid } from '../../../../protocol/wire/uuid.ts'
import type { GroupRecord } from '../group-record.ts'
import { type Assignment, noPartitions, sameAssignment } from './assignment.ts'
import { type Assignor, AssignorError, type MemberSpec, type SubscriptionType } from './assignor/group-spec.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { targetEpochRecord, targetRecord } from './consumer-records.ts'
import { type ConsumerStep, note, Refusal } from './consumer-step.ts'
import { subscribedNames } from './group-topics.ts'
import { changeCount } from './subscriptions.ts'

/** What the member is to reach. */
export interface MemberTarget {
  readonly epoch: number
  readonly partitions: Assignment
}

/** A group with the member that the event is about as it will be. */
export interface AssignmentWish {
  readonly groupEpoch: number
  readonly before: ConsumerMember
  readonly member: ConsumerMember
  readonly subscriptionType: () => SubscriptionType
}

/** The target of the member; records of the new one are added when the assignor has run. */
export function targetOf(
  step: ConsumerStep,
  group: ConsumerGroup,
  wish: AssignmentWish,
  records: GroupRecord[],
): MemberTarget | Refusal {
  if (group.assignmentEpoch >= wish.groupEpoch || !isTimeToAssign(step, group)) {
    return { epoch: group.assignmentEpoch, partitions: group.targetOf(wish.member) }
  }
  const assignor = preferredAssignor(step, group, wish)
  try {
    return assign(step, group, wish, assignor, records)
  } catch (cause) {
    if (!(cause instanceof AssignorError)) throw cause
    const { groupId } = group
    step.logger.error({ groupId, assignor: assignor.name, reason: cause.message }, 'group cannot be assigned anew')
    return new Refusal(errors.UNKNOWN_SERVER_ERROR, `The assignor ${assignor.name} failed: ${cause.message}.`)
  }
}

/**
 * When the time of the last one is not known, or batching is off, at once. So, too, when it lies ahead: the clock was set back, or
 * the coordinator before had another one. Kafka waits until its clock has got there, with partitions that nobody reads.
 */
function isTimeToAssign(step: ConsumerStep, { groupId, assignmentMs }: ConsumerGroup): boolean {
  const { assignmentIntervalMs } = step.settings.timesOf(groupId)
  const sinceMs = step.nowMs - assignmentMs
  return assignmentMs === 0 || assignmentIntervalMs === 0 || sinceMs < 0 || sinceMs >= assignmentIntervalMs
}

/** The one most members ask for, else the broker's first. */
function preferredAssignor(step: ConsumerStep, group: ConsumerGroup, { before, member }: AssignmentWish): Assignor {
  const votes = new Map(group.assignorVotes.entries())
  changeCount(votes, before.assignor ?? undefined, -1)
  changeCount(votes, member.assignor ?? undefined, 1)
  const [defaultAssignor] = step.settings.assignors.values()
  const preferred = mostVoted(votes)
  // One that was configured when the member asked for it, and is not any more.
  return (preferred !== undefined && step.settings.assignors.get(preferred)) || defaultAssignor!
}

export function mostVoted(votes: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined
  for (const [name, count] of votes) if (best === undefined || count > votes.get(best)!) best = name
  return best
}

function assign(
  step: ConsumerStep,
  group: ConsumerGroup,
  wish: AssignmentWish,
  assignor: Assignor,
  records: GroupRecord[],
): MemberTarget {
  const { groupId } = group
  const members = specsOf(step, group, wish.member)
  const targets = assignor.assign({
    members,
    subscriptionType: wish.subscriptionType(),
    isAssigned: (topicId, partition) => group.isAssigned(topicId, partition),
    partitionCount: topicId => step.topics.partitionCount(topicId),
  })
  for (const memberId of members.keys()) {
    const [before, after] = [group.targets.get(memberId), targets.get(memberId) ?? noPartitions]
    if (before === undefined || !sameAssignment(before, after)) records.push(targetRecord(groupId, memberId, after))
  }
  records.push(targetEpochRecord(groupId, wish.groupEpoch, step.nowMs))
  note(step, group, 'group is assigned anew', { assignmentEpoch: wish.groupEpoch, assignor: assignor.name })
  return { epoch: wish.groupEpoch, partitions: targets.get(wish.member.memberId) ?? noPartitions }
}

function specsOf(step: ConsumerStep, group: ConsumerGroup, member: ConsumerMember): Map<string, MemberSpec> {
  const ids = new Map<string, Uuid | undefined>()
  const idOf = (name: string) => {
    if (!ids.has(name)) ids.set(name, step.topics.idOf(name))
    return ids.get(name)
  }
  const specOf = (one: ConsumerMember, assignment: Assignment): MemberSpec => {
    const topicIds = new Set([...subscribedNames(group, one)].flatMap(name => idOf(name) ?? []))
    return { instanceId: one.instanceId, rackId: one.rackId, topicIds, assignment }
  }
  const specs = new Map<string, MemberSpec>()
  for (const [memberId, one] of group.members.entries()) specs.set(memberId, specOf(one, group.target(memberId)))
  // A static member that has come back under another id takes over what it had.
  const replaced = member.instanceId === null ? undefined : group.staticMembers.get(member.instanceId)
  const isReplacing = replaced !== undefined && replaced !== member.memberId
  if (isReplacing) specs.delete(replaced)
  specs.set(member.memberId, specOf(member, group.target(isReplacing ? replaced : member.memberId)))
  return specs
}

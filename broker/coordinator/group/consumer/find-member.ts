// Which member a heartbeat or a JoinGroup is about: one that is there, a new one, or a static one that comes back.
// Source: Kafka 4.3.0's GroupMetadataManager (getOrMaybeSubscribe…ConsumerGroupMember, throwIf…).

import { errors } from '../../../../protocol/errors.ts'
import type { GroupRecord } from '../group-record.ts'
import type { EpochAssignment, TopicPartitions } from './assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, joinEpoch, newConsumerMember, staticLeaveEpoch } from './consumer-member.ts'
import { currentAssignmentRecord, memberRecord, memberTombstones, targetRecord } from './consumer-records.ts'
import { type ConsumerStep, note, Refusal, unknownMember } from './consumer-step.ts'
import { fencedInstance } from './fence.ts'

/** What a request says about the member it comes from. */
export interface Claim {
  readonly memberId: string
  /** Undefined: of the classic protocol, whose generation is checked elsewhere. */
  readonly memberEpoch: number | undefined
  readonly instanceId: string | null
  readonly owned: readonly TopicPartitions[] | null
  /** It may be a member that is not there yet. */
  readonly mayJoin: boolean
}

/** The member as it is before the request changes it. Records are added when it replaces a static member. */
export function findMember(
  step: ConsumerStep,
  group: ConsumerGroup,
  claim: Claim,
  records: GroupRecord[],
): ConsumerMember | Refusal {
  return claim.instanceId === null
    ? findDynamic(step, group, claim)
    : findStatic(step, group, { ...claim, instanceId: claim.instanceId }, records)
}

function findDynamic(step: ConsumerStep, group: ConsumerGroup, claim: Claim): ConsumerMember | Refusal {
  const { memberId, mayJoin } = claim
  const member = group.members.get(memberId) ?? (mayJoin ? newConsumerMember(memberId) : undefined)
  if (member === undefined) return unknownMember(group.groupId, memberId)
  const refusal = checkEpoch(member, claim)
  if (refusal === undefined && mayJoin) note(step, group, 'member joins the group', { memberId })
  return refusal ?? member
}

type StaticClaim = Claim & { readonly instanceId: string }

function findStatic(
  step: ConsumerStep,
  group: ConsumerGroup,
  claim: StaticClaim,
  records: GroupRecord[],
): ConsumerMember | Refusal {
  const { memberId, instanceId, mayJoin } = claim
  const existing = group.staticMember(instanceId)
  if (!mayJoin) {
    if (existing === undefined) return unknownMember(group.groupId, instanceId)
    if (existing.memberId !== memberId) return fencedInstance(instanceId, memberId)
    return checkEpoch(existing, claim) ?? existing
  }
  if (existing === undefined) {
    note(step, group, 'static member joins the group', { memberId, instanceId })
    return group.members.get(memberId) ?? newConsumerMember(memberId)
  }
  const isClassic = claim.memberEpoch === undefined
  if (!isClassic && existing.classic === null && existing.memberEpoch !== staticLeaveEpoch) {
    return unreleased(existing, claim)
  }
  note(step, group, 'static member comes back', { was: existing.memberId, memberId, instanceId })
  const member = { ...existing, memberId, memberEpoch: 0, previousMemberEpoch: 0 }
  records.push(...replacementRecords(group, existing, member))
  return member
}

function unreleased({ memberId: owner }: ConsumerMember, { memberId, instanceId }: StaticClaim): Refusal {
  const text = `${memberId} cannot have the instance id ${instanceId}: ${owner} has it and has not left.`
  return new Refusal(errors.UNRELEASED_INSTANCE_ID, text)
}

// The timers of the old member stay: the records may be taken back, and for a member that is gone they come to nothing.
function replacementRecords(group: ConsumerGroup, before: ConsumerMember, after: ConsumerMember): GroupRecord[] {
  const { groupId } = group
  return [
    ...memberTombstones(groupId, before.memberId),
    memberRecord(groupId, after),
    targetRecord(groupId, after.memberId, group.target(before.memberId)),
    currentAssignmentRecord(groupId, after),
  ]
}

/** A member with another epoch than its own is a zombie: the group has gone on without it, or it is not who it says. */
function checkEpoch(member: ConsumerMember, { memberEpoch, owned }: Claim): Refusal | undefined {
  if (memberEpoch === undefined || memberEpoch === joinEpoch || memberEpoch === member.memberEpoch) return undefined
  // The answer with the new epoch may not have reached it: then it has nothing beyond what it was told before.
  const isBehind = memberEpoch < member.memberEpoch && memberEpoch === member.previousMemberEpoch
  if (isBehind && owned !== null && isWithin(owned, member.assigned)) return undefined
  const text = `${member.memberId} says epoch ${memberEpoch} and is at ${member.memberEpoch}.`
  return new Refusal(errors.FENCED_MEMBER_EPOCH, `${text} It must give up all partitions and join again.`)
}

function isWithin(owned: readonly TopicPartitions[], assigned: EpochAssignment): boolean {
  return owned.every(({ topicId, partitions }) => {
    const epochs = assigned.get(topicId)
    return epochs !== undefined && partitions.every(partition => epochs.has(partition))
  })
}

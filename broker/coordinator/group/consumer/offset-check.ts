// Whether offsets of a consumer group may be committed or read by whoever asks. Pure.
// Source: Kafka 4.3.0's ConsumerGroup (validateOffsetCommit, validateOffsetFetch).

import { errors, type ProtocolError } from '../../../../protocol/errors.ts'
import type { Uuid } from '../../../../protocol/wire/uuid.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'

export interface Committer {
  readonly memberId: string
  readonly instanceId: string | null
  /** Of a member of the classic protocol, its generation. Negative: from outside of the group. */
  readonly epoch: number
  readonly isTransactional: boolean
  readonly apiVersion: number
}

/** For each partition: NONE, or why all of the request is refused. */
export type PartitionCheck = (topicId: Uuid, partition: number) => ProtocolError

const everyPartition: PartitionCheck = () => errors.NONE

/** From this version on OffsetCommit is for members of the new protocol, too. */
const memberEpochSince = 9

/** An error, or how to check each partition. */
export function checkConsumerCommit(group: ConsumerGroup, committer: Committer): ProtocolError | PartitionCheck {
  const { memberId, instanceId, epoch, isTransactional } = committer
  // An administrator, or a consumer that assigns partitions to itself: only while there are no members.
  if (epoch < 0 && group.members.size === 0) return everyPartition
  const isAnonymous = epoch === -1 && memberId === '' && instanceId === null
  if (isTransactional && isAnonymous) return everyPartition
  const member = group.members.get(memberId)
  if (member === undefined) return errors.UNKNOWN_MEMBER_ID
  if (!isTransactional && member.classic === null && committer.apiVersion < memberEpochSince) {
    return errors.UNSUPPORTED_VERSION
  }
  if (epoch > member.memberEpoch) return staleError(member)
  return epoch === member.memberEpoch ? everyPartition : sinceAssigned(member, epoch)
}

/**
 * A member may not have received its newest epoch. It may commit with an older one for what it has had since then: nobody else
 * can have had it in between.
 */
function sinceAssigned(member: ConsumerMember, epoch: number): PartitionCheck {
  return (topicId, partition) => {
    const since = member.assigned.get(topicId)?.get(partition) ?? member.pendingRevocation.get(topicId)?.get(partition)
    return since !== undefined && epoch >= since ? errors.NONE : staleError(member)
  }
}

/** `requireStable`: as the group will be, else as of the last commit. Null and -1: from outside. */
export function checkConsumerFetch(
  group: ConsumerGroup,
  memberId: string | null,
  memberEpoch: number,
  requireStable: boolean,
): ProtocolError {
  if (memberId === null && memberEpoch < 0) return errors.NONE
  const member = requireStable ? group.members.get(memberId ?? '') : group.members.getCommitted(memberId ?? '')
  if (member === undefined) return errors.UNKNOWN_MEMBER_ID
  return member.memberEpoch === memberEpoch ? errors.NONE : staleError(member)
}

function staleError(member: ConsumerMember): ProtocolError {
  return member.classic === null ? errors.STALE_MEMBER_EPOCH : errors.ILLEGAL_GENERATION
}

// Offsets are committed and deleted. Source: Kafka 4.3.0's OffsetMetadataManager.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { offsetCommit } from '../../../protocol/messages/offset-commit.ts'
import type { offsetDelete } from '../../../protocol/messages/offset-delete.ts'
import type { txnOffsetCommit } from '../../../protocol/messages/txn-offset-commit.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import { type Uuid, zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { Decision } from '../runtime/coordinator-state.ts'
import type { ClassicGroup } from './classic/classic-group.ts'
import { renewSession } from './classic/rebalance.ts'
import { offsetRecord, offsetTombstone } from './committed-offset.ts'
import { checkConsumerCommit, type PartitionCheck } from './consumer/offset-check.ts'
import type { Group } from './group.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupState } from './group-state.ts'
import type { ModernGroup } from './modern-group.ts'

export type OffsetCommitRequest = Message<typeof offsetCommit.request>
export type OffsetCommitResponse = MessageInput<typeof offsetCommit.response>
export type TxnOffsetCommitRequest = Message<typeof txnOffsetCommit.request>
export type TxnOffsetCommitResponse = MessageInput<typeof txnOffsetCommit.response>
export type OffsetDeleteRequest = Message<typeof offsetDelete.request>
export type OffsetDeleteResponse = MessageInput<typeof offsetDelete.response>

type Answered<Response> = Decision<{ readonly error: ProtocolError } | Response, GroupRecord>

/** From this version on a client understands GROUP_ID_NOT_FOUND. */
const groupIdNotFoundSince = 9

/** Topics and partitions have been found to exist. An error stands for all of them. */
export function decideCommit(
  state: GroupState,
  nowMs: number,
  request: OffsetCommitRequest,
  apiVersion: number,
): Answered<OffsetCommitResponse> {
  const check = checkCommit(state, nowMs, request, apiVersion)
  const error = typeof check === 'function' ? checkPartitions(check, request) : check
  if (error !== errors.NONE) return { response: { error } }
  const records: GroupRecord[] = []
  const topics = request.topics.map(({ name, topicId, partitions }) => {
    const answers = partitions.map(partition => {
      const partitionError = commitOne(state, nowMs, request, { name, topicId }, partition, records)
      return { partitionIndex: partition.partitionIndex, errorCode: partitionError.code }
    })
    return { name, topicId, partitions: answers }
  })
  state.counters.offsetCommits += records.length
  return { records, response: { topics } }
}

/** NONE, or the first partition's error, which stands for all of the request. */
function checkPartitions(check: PartitionCheck, { topics }: OffsetCommitRequest): ProtocolError {
  for (const { topicId, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const error = check(topicId, partitionIndex)
      if (error !== errors.NONE) return error
    }
  }
  return errors.NONE
}

type CommittedPartition = OffsetCommitRequest['topics'][number]['partitions'][number]

function commitOne(
  state: GroupState,
  nowMs: number,
  { groupId, retentionTimeMs }: OffsetCommitRequest,
  { name, topicId }: { name: string; topicId: Uuid },
  partition: CommittedPartition,
  records: GroupRecord[],
): ProtocolError {
  const metadata = partition.committedMetadata ?? ''
  if (metadata.length > state.settings.offsetMetadataLengthMax) return errors.OFFSET_METADATA_TOO_LARGE
  const retentionMs = Number(retentionTimeMs)
  const place = { group: groupId, topic: name, partition: partition.partitionIndex }
  const committed = {
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch,
    metadata,
    commitMs: nowMs,
    expireMs: retentionMs === -1 ? null : nowMs + retentionMs,
    topicId,
  }
  records.push(offsetRecord(place, committed))
  return errors.NONE
}

function checkCommit(
  state: GroupState,
  nowMs: number,
  request: OffsetCommitRequest,
  apiVersion: number,
): ProtocolError | PartitionCheck {
  const group = state.groups.get(request.groupId)
  if (group === undefined) {
    if (request.generationIdOrMemberEpoch >= 0) {
      return apiVersion >= groupIdNotFoundSince ? errors.GROUP_ID_NOT_FOUND : errors.ILLEGAL_GENERATION
    }
    // Offsets from outside of any group: applying their records makes a simple group.
    return errors.NONE
  }
  if (group.type === 'consumer') {
    const { memberId, groupInstanceId: instanceId, generationIdOrMemberEpoch: epoch } = request
    return checkConsumerCommit(group, { memberId, instanceId, epoch, isTransactional: false, apiVersion })
  }
  if (group.type !== 'classic') return checkModernCommit(group, request)
  const error = checkClassicCommit(group, request)
  const renews = group.state === 'Stable' || group.state === 'PreparingRebalance'
  // A member that commits is alive.
  if (error === errors.NONE && renews) renewSession(state.step(nowMs), group, group.members.get(request.memberId)!)
  return error
}

function checkClassicCommit(group: ClassicGroup, request: OffsetCommitRequest): ProtocolError {
  const { memberId, groupInstanceId, generationIdOrMemberEpoch: generation } = request
  // An administrator, or a consumer that assigns partitions to itself: only while there are no members.
  if (generation < 0 && group.state === 'Empty') return errors.NONE
  const namesMember = generation >= 0 || memberId !== '' || groupInstanceId !== null
  const error = namesMember ? group.checkMember(memberId, groupInstanceId) : errors.UNKNOWN_MEMBER_ID
  if (error !== errors.NONE) return error
  if (generation !== group.generation) return errors.ILLEGAL_GENERATION
  // It knows of the new generation but not yet of its partitions, so these are offsets of the old ones.
  return group.state === 'CompletingRebalance' ? errors.REBALANCE_IN_PROGRESS : errors.NONE
}

/** Only while the group has no members: those would speak a protocol that is not served. */
function checkModernCommit(group: ModernGroup, request: OffsetCommitRequest): ProtocolError {
  if (group.type === 'share') return errors.GROUP_ID_NOT_FOUND
  const isFromOutside = request.generationIdOrMemberEpoch < 0 && group.members.size === 0
  return isFromOutside ? errors.NONE : errors.UNKNOWN_MEMBER_ID
}

/** Partitions have been found to exist. */
export function decideOffsetDelete(state: GroupState, request: OffsetDeleteRequest): Answered<OffsetDeleteResponse> {
  const group = state.groups.get(request.groupId)
  const error = checkOffsetDelete(group)
  if (group === undefined || error !== errors.NONE) return { response: { error } }
  const records: GroupRecord[] = []
  const topics = request.topics.map(({ name, partitions }) => {
    const isSubscribed = (group.type === 'classic' || group.type === 'consumer') && group.isSubscribedTo(name)
    const errorCode = isSubscribed ? errors.GROUP_SUBSCRIBED_TO_TOPIC.code : errors.NONE.code
    const answers = partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode }))
    for (const { partitionIndex } of isSubscribed ? [] : partitions) {
      const place = { group: group.groupId, topic: name, partition: partitionIndex }
      if (state.offsets.get(place) || state.offsets.isPending(place)) records.push(offsetTombstone(place))
    }
    return { name, partitions: answers }
  })
  state.counters.offsetDeletions += records.length
  return { records, response: { errorCode: errors.NONE.code, topics } }
}

function checkOffsetDelete(group: Group | undefined): ProtocolError {
  if (group === undefined || group.type === 'share') return errors.GROUP_ID_NOT_FOUND
  if (group.type === 'consumer') return errors.NONE
  // Of members of other kinds it is not known what they subscribe to.
  const isKnown = group.type === 'classic' && group.isOfConsumers
  return group.state === 'Empty' || isKnown ? errors.NONE : errors.NON_EMPTY_GROUP
}

interface DeletedTopic {
  readonly name: string
  readonly id: Uuid
}

/** Topics are gone, and with them what groups know of them. What was committed for a newer topic of the same name stays. */
export function decideTopicsDeleted(
  state: GroupState,
  topics: readonly DeletedTopic[],
): Decision<undefined, GroupRecord> {
  const records: GroupRecord[] = []
  for (const group of state.offsets.groups()) {
    for (const topic of topics) records.push(...tombstonesOfTopic(state, group, topic))
  }
  const names = new Set(topics.map(({ name }) => name))
  for (const place of state.offsets.pending()) {
    if (names.has(place.topic) && state.offsets.get(place) === undefined) records.push(offsetTombstone(place))
  }
  return { response: undefined, records, divisible: true }
}

function tombstonesOfTopic(state: GroupState, group: string, { name, id }: DeletedTopic): GroupRecord[] {
  const gone = state.offsets.ofTopic(group, name).filter(([, { topicId }]) => topicId === id || topicId === zeroUuid)
  return gone.map(([partition]) => offsetTombstone({ group, topic: name, partition }))
}

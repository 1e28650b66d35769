// Offsets are committed in a transaction: they are pending until its marker comes, and count from then on, or never.
// Source: Kafka 4.3.0's OffsetMetadataManager (commitTransactionalOffset), ClassicGroup.validateOffsetCommit and ConsumerGroup.validateOffsetCommit.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { Decision, TransactionOfRecords } from '../runtime/coordinator-state.ts'
import type { ClassicGroup } from './classic/classic-group.ts'
import { offsetRecord } from './committed-offset.ts'
import type { ConsumerGroup } from './consumer/consumer-group.ts'
import type { GroupTopics } from './consumer/group-topics.ts'
import { checkConsumerCommit, type PartitionCheck } from './consumer/offset-check.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupState } from './group-state.ts'
import type { ModernGroup } from './modern-group.ts'
import type { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from './offset-requests.ts'

/** Topics and partitions have been found to exist. An error stands for all of them. */
export function decideTransactionalCommit(
  state: GroupState,
  nowMs: number,
  request: TxnOffsetCommitRequest,
  transaction: TransactionOfRecords,
): Decision<{ readonly error: ProtocolError } | TxnOffsetCommitResponse, GroupRecord> {
  const error = checkCommit(state, nowMs, request)
  if (error !== errors.NONE) return { response: { error } }
  const records: GroupRecord[] = []
  const topics = request.topics.map(({ name, partitions }) => {
    const answers = partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => {
      const metadata = committedMetadata ?? ''
      if (metadata.length > state.settings.offsetMetadataLengthMax) {
        return { partitionIndex, errorCode: errors.OFFSET_METADATA_TOO_LARGE.code }
      }
      const place = { group: request.groupId, topic: name, partition: partitionIndex }
      const common = { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata }
      // Without the topic's id, as in Kafka: the request does not have it.
      records.push(offsetRecord(place, { ...common, commitMs: nowMs, expireMs: null, topicId: zeroUuid }))
      return { partitionIndex, errorCode: errors.NONE.code }
    })
    return { name, partitions: answers }
  })
  state.counters.offsetCommits += records.length
  return { records, response: { topics }, transaction }
}

function checkCommit(state: GroupState, nowMs: number, request: TxnOffsetCommitRequest): ProtocolError {
  const group = state.groups.get(request.groupId)
  if (group === undefined) return request.generationId >= 0 ? errors.ILLEGAL_GENERATION : errors.NONE
  if (group.type === 'consumer') return checkMemberCommit(group, state.consumerStep(nowMs).topics, request)
  return group.type === 'classic' ? checkClassicCommit(group, request) : checkModernCommit(group, request)
}

// A client that commits in a transaction knows no STALE_MEMBER_EPOCH: it is told what it would be in a classic group.
function checkMemberCommit(group: ConsumerGroup, topics: GroupTopics, request: TxnOffsetCommitRequest): ProtocolError {
  const { memberId, groupInstanceId: instanceId, generationId: epoch } = request
  const check = checkConsumerCommit(group, { memberId, instanceId, epoch, isTransactional: true, apiVersion: -1 })
  const error = typeof check === 'function' ? checkPartitions(check, topics, request) : check
  return error === errors.STALE_MEMBER_EPOCH ? errors.ILLEGAL_GENERATION : error
}

/** NONE, or the first partition's error, which stands for all of the request. */
function checkPartitions(check: PartitionCheck, topics: GroupTopics, request: TxnOffsetCommitRequest): ProtocolError {
  for (const { name, partitions } of request.topics) {
    for (const { partitionIndex } of partitions) {
      const error = check(topics.idOf(name) ?? zeroUuid, partitionIndex)
      if (error !== errors.NONE) return error
    }
  }
  return errors.NONE
}

function checkClassicCommit(group: ClassicGroup, request: TxnOffsetCommitRequest): ProtocolError {
  const { memberId, groupInstanceId, generationId } = request
  if (generationId < 0 && group.state === 'Empty') return errors.NONE
  // Producers of old clients know nothing of members: they commit whoever is in the group.
  if (generationId < 0 && memberId === '' && groupInstanceId === null) return errors.NONE
  const error = group.checkMember(memberId, groupInstanceId)
  if (error !== errors.NONE) return error
  return generationId === group.generation ? errors.NONE : errors.ILLEGAL_GENERATION
}

/** Only while the group has no members: those would speak a protocol that is not served. */
function checkModernCommit(group: ModernGroup, { generationId }: TxnOffsetCommitRequest): ProtocolError {
  if (group.type === 'share') return errors.ILLEGAL_GENERATION
  return generationId < 0 && group.members.size === 0 ? errors.NONE : errors.UNKNOWN_MEMBER_ID
}

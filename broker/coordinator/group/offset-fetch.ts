// Offsets are read: as of the last commit, or, for a consumer that must not start before an offset that is just being
// committed (requireStable), as they will be, answered when they are.
// Source: Kafka 4.3.0's OffsetMetadataManager.fetchOffsets and fetchAllOffsets.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { offsetFetch } from '../../../protocol/messages/offset-fetch.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { CommittedOffset, OffsetPlace } from './committed-offset.ts'
import { checkConsumerFetch } from './consumer/offset-check.ts'
import type { GroupState } from './group-state.ts'

export type FetchedGroup = Message<typeof offsetFetch.request>['groups'][number]
export type FetchedOffsets = NonNullable<MessageInput<typeof offsetFetch.response>['groups']>[number]
type FetchedTopic = NonNullable<FetchedGroup['topics']>[number]
type PartitionAnswer = NonNullable<NonNullable<FetchedOffsets['topics']>[number]['partitions']>[number]

/** The offsets of one group. Topics have been named; null asks for all. */
export function fetchOffsets(
  state: GroupState,
  request: FetchedGroup,
  requireStable: boolean,
): FetchedOffsets | { readonly error: ProtocolError } {
  const error = checkFetch(state, request, requireStable)
  if (error !== errors.NONE && error !== errors.GROUP_ID_NOT_FOUND) return { error }
  const { groupId } = request
  const view = error === errors.NONE ? new OffsetView(state, groupId, requireStable) : undefined
  const topics = request.topics === null ? (view?.all() ?? []) : request.topics.map(topic => fetchTopic(view, topic))
  return { groupId, errorCode: errors.NONE.code, topics }
}

/** GROUP_ID_NOT_FOUND: the group is not there, so it has no offsets. */
function checkFetch(state: GroupState, request: FetchedGroup, requireStable: boolean): ProtocolError {
  const { groupId, memberId, memberEpoch } = request
  const group = requireStable ? state.groups.get(groupId) : state.groups.getCommitted(groupId)
  if (group === undefined || group.type === 'share') return errors.GROUP_ID_NOT_FOUND
  if (group.type === 'consumer') return checkConsumerFetch(group, memberId, memberEpoch, requireStable)
  const isFromOutside = group.type === 'classic' || (memberId === null && memberEpoch < 0)
  return isFromOutside ? errors.NONE : errors.UNKNOWN_MEMBER_ID
}

function fetchTopic(view: OffsetView | undefined, { name, topicId, partitionIndexes }: FetchedTopic) {
  const partitions = partitionIndexes.map(partition => {
    return view?.answer(name, partition, topicId) ?? noOffset(partition)
  })
  return { name, topicId, partitions }
}

class OffsetView {
  readonly #state: GroupState
  readonly #groupId: string
  readonly #requireStable: boolean

  constructor(state: GroupState, groupId: string, requireStable: boolean) {
    this.#state = state
    this.#groupId = groupId
    this.#requireStable = requireStable
  }

  /** Topic ids are found out by whoever knows the topics. */
  all() {
    const { offsets } = this.#state
    const topics = this.#requireStable ? offsets.of(this.#groupId) : offsets.committedOf(this.#groupId)
    return [...topics].map(([name, committed]) => {
      const partitions = committed.map(([partition]) => this.answer(name, partition, zeroUuid))
      return { name, topicId: zeroUuid, partitions }
    })
  }

  answer(topic: string, partition: number, topicId: string): PartitionAnswer {
    const place = { group: this.#groupId, topic, partition }
    if (this.#requireStable && this.#state.offsets.isPending(place)) {
      return { ...noOffset(partition), errorCode: errors.UNSTABLE_OFFSET_COMMIT.code }
    }
    const committed = this.#find(place)
    // Committed for a topic of the same name that has been deleted since.
    const isOfOther =
      committed && topicId !== zeroUuid && committed.topicId !== zeroUuid && committed.topicId !== topicId
    if (committed === undefined || isOfOther) return noOffset(partition)
    const { offset, leaderEpoch, metadata } = committed
    return {
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      metadata,
      errorCode: errors.NONE.code,
    }
  }

  #find(place: OffsetPlace): CommittedOffset | undefined {
    const { offsets } = this.#state
    return this.#requireStable ? offsets.get(place) : offsets.getCommitted(place)
  }
}

/** Nothing was committed there. */
export function noOffset(partitionIndex: number): PartitionAnswer {
  return {
    partitionIndex,
    committedOffset: -1,
    committedLeaderEpoch: -1,
    metadata: '',
    errorCode: errors.NONE.code,
  }
}

// Which offsets have been kept long enough, and which groups have nothing left.
//
// A group without members keeps its offsets for the retention time from when its last member left; a simple group each offset
// from its commit; a stable group of consumers those of topics that nobody subscribes to, from their commit; in a rebalance
// nothing expires. A consumer group keeps each offset from its commit, and those of topics that it has subscribed to for ever.
// Groups of other protocols are kept as they are.
// Source: Kafka 4.3.0's GroupCoordinatorShard.cleanupGroupMetadata and ClassicGroup.offsetExpirationCondition.

import type { ClassicGroup } from './classic/classic-group.ts'
import { groupTombstone } from './classic/stored-classic-group.ts'
import { type CommittedOffset, offsetTombstone } from './committed-offset.ts'
import type { ConsumerGroup } from './consumer/consumer-group.ts'
import { groupTombstones } from './consumer/consumer-records.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupState } from './group-state.ts'

/** Tombstones for what is to go. */
export function expireOffsets(state: GroupState, nowMs: number): GroupRecord[] {
  const records: GroupRecord[] = []
  for (const group of state.groups.values()) {
    if (group.type !== 'classic' && group.type !== 'consumer') continue
    const isEmptied = expireOffsetsOf(state, group, nowMs, records)
    // A client that has just been given its member id is about to join.
    const isUnused = group.state === 'Empty' && !(group.type === 'classic' && group.pendingMembers.size > 0)
    if (isEmptied && isUnused) records.push(...tombstonesOf(group))
  }
  return records
}

function tombstonesOf(group: ClassicGroup | ConsumerGroup): GroupRecord[] {
  return group.type === 'classic' ? [groupTombstone(group.groupId)] : groupTombstones(group, [])
}

/** Answers whether the group keeps no offset. */
function expireOffsetsOf(
  state: GroupState,
  group: ClassicGroup | ConsumerGroup,
  nowMs: number,
  records: GroupRecord[],
): boolean {
  const { groupId } = group
  let isEmptied = state.offsets.pendingOf(groupId).next().done === true
  const retainedFrom = retentionStart(group)
  for (const [topic, offsets] of state.offsets.of(groupId)) {
    for (const [partition, committed] of offsets) {
      const place = { group: groupId, topic, partition }
      const isExpired =
        retainedFrom !== undefined &&
        !group.isSubscribedTo(topic) &&
        hasExpired(committed, retainedFrom(committed), nowMs, state.settings.offsetsRetentionMs)
      if (isExpired && !state.offsets.isPending(place)) {
        records.push(offsetTombstone(place))
        state.counters.offsetExpirations++
      } else isEmptied = false
    }
  }
  return isEmptied
}

type RetentionStart = (committed: CommittedOffset) => number

const fromCommit: RetentionStart = ({ commitMs }) => commitMs

/** From when on an offset's retention time counts; undefined: nothing expires now. */
function retentionStart(group: ClassicGroup | ConsumerGroup): RetentionStart | undefined {
  if (group.type === 'consumer') return fromCommit
  if (group.protocolType === null) return fromCommit
  if (group.state === 'Empty') return committed => group.stateSinceMs ?? committed.commitMs
  return group.state === 'Stable' && group.subscribedTopics !== null ? fromCommit : undefined
}

function hasExpired({ expireMs }: CommittedOffset, fromMs: number, nowMs: number, retentionMs: number): boolean {
  return expireMs === null ? nowMs - fromMs >= retentionMs : nowMs >= expireMs
}

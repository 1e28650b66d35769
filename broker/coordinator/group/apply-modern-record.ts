// What records of share and streams groups change: enough to list the groups.
//
// A group exists from its first record on, whichever that is: compaction may have removed earlier ones.
// Source: Kafka 4.3.0's GroupMetadataManager.replay of each record type.

import type { Group } from './group.ts'
import type { GroupRecord } from './group-record.ts'
import { ModernGroup, type ModernGroupType } from './modern-group.ts'

interface Groups {
  get(groupId: string): Group | undefined
  set(groupId: string, group: Group): void
  delete(groupId: string): void
}

/** Throws when the record belongs to a group of another type. */
export function applyModernRecord(groups: Groups, record: GroupRecord): void {
  switch (record.type) {
    case 'shareGroupMetadata':
    case 'streamsGroupMetadata': {
      const group = groupFor(groups, record)
      if (group === undefined) return
      if (record.value === null) groups.delete(group.groupId)
      else group.epoch = record.value.epoch
      return
    }
    case 'shareGroupMemberMetadata':
    case 'streamsGroupMemberMetadata': {
      const group = groupFor(groups, record)
      if (record.value === null) group?.members.delete(record.key.memberId)
      else group?.addMember(record.key.memberId)
      return
    }
    case 'shareGroupTargetAssignmentMetadata':
    case 'streamsGroupTargetAssignmentMetadata': {
      const group = groupFor(groups, record)
      if (group !== undefined) group.assignmentEpoch = record.value?.assignmentEpoch ?? -1
      return
    }
    case 'shareGroupCurrentMemberAssignment':
    case 'streamsGroupCurrentMemberAssignment': {
      const { memberId } = record.key
      const group = groupFor(groups, record)
      if (record.value !== null) {
        group?.members.set(memberId, { epoch: record.value.memberEpoch, state: record.value.state })
      } else if (group?.members.has(memberId)) group.members.set(memberId, { epoch: -1, state: 0 })
      return
    }
    default:
      groupFor(groups, record)
  }
}

function groupFor(groups: Groups, record: GroupRecord): ModernGroup | undefined {
  if (!('groupId' in record.key)) throw new Error(`${record.type} is not a record of a group`)
  const { groupId } = record.key
  const type = typeOf(record)
  const group = groups.get(groupId)
  if (group?.type === type) return group as ModernGroup
  // A tombstone whose group is gone already says nothing new.
  if (record.value === null) return undefined
  // A simple group stands for offsets that were read before the group's own records.
  if (group !== undefined && !(group.type === 'classic' && group.isSimple)) {
    throw new Error(`group ${groupId} is a ${group.type} group and has a record of a ${type} group`)
  }
  const created = new ModernGroup(groupId, type)
  groups.set(groupId, created)
  return created
}

function typeOf({ type }: GroupRecord): ModernGroupType {
  return type.startsWith('share') ? 'share' : 'streams'
}

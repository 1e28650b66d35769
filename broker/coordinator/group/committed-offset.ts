// An offset that a group has committed, and its record. Source: Kafka 4.3.0's OffsetAndMetadata.

import type { legacyOffsetCommitValue, offsetCommitValue } from '../../../protocol/stored/group/index.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { Message } from '../../../protocol/wire/schema.ts'
import { type Uuid, zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { GroupRecord } from './group-record.ts'

export interface CommittedOffset {
  readonly offset: Int64
  /** Of the record before it; -1: not told. */
  readonly leaderEpoch: number
  /** Whatever the consumer wants to find again. */
  readonly metadata: string
  readonly commitMs: number
  /** When it expires; null: by the broker's retention. Only commits of versions 2 to 4 can set it. */
  readonly expireMs: number | null
  /** Zero: not known. */
  readonly topicId: Uuid
  /** Where its record stands in __consumer_offsets. */
  readonly recordOffset: Offset
}

/** Where an offset belongs. */
export interface OffsetPlace {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

type StoredOffset = Message<typeof offsetCommitValue>

/** What Kafka 4.3.0 writes: the newest version, or the only one that has an expiry time. */
const version = 4
const versionWithExpiry = 1

export function offsetRecord(place: OffsetPlace, committed: Omit<CommittedOffset, 'recordOffset'>): GroupRecord {
  const { offset, leaderEpoch, metadata, commitMs, expireMs, topicId } = committed
  const value = { offset, leaderEpoch, metadata, commitTimestamp: commitMs, expireTimestamp: expireMs ?? -1, topicId }
  const { group, topic, partition } = place
  return {
    type: 'offsetCommit',
    key: { group, topic, partition },
    value,
    version: expireMs === null ? version : versionWithExpiry,
  }
}

export function offsetTombstone({ group, topic, partition }: OffsetPlace): GroupRecord {
  return { type: 'offsetCommit', key: { group, topic, partition }, value: null, version }
}

export function committedOffsetOf(value: StoredOffset, recordOffset: Offset): CommittedOffset {
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp, topicId } = value
  const expireMs = Number(expireTimestamp)
  return {
    offset,
    leaderEpoch,
    metadata,
    commitMs: Number(commitTimestamp),
    expireMs: expireMs === -1 ? null : expireMs,
    topicId,
    recordOffset,
  }
}

/** A value of the oldest record type as one of today's. */
export function upgraded(value: Message<typeof legacyOffsetCommitValue>): StoredOffset {
  return { ...value, leaderEpoch: -1, expireTimestamp: -1, topicId: zeroUuid }
}

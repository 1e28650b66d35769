// The records of control batches: transaction markers, and what KRaft notes in its log and snapshots.
// The key is int16 version, int16 type. The value of a transaction marker is int16 version and the marker; the others carry
// their version as a field of the message, which says nothing about their layout: Kafka 4.3 writes and reads all of them in
// the layout of version 0. Keys and markers of newer versions are read as version 0, too.
// Source: ControlRecordType, ControlRecordUtils and EndTransactionMarker in org.apache.kafka.common.record.internal, Kafka 4.3.0.

import { endTxnMarker } from '../stored/data/end-txn-marker.ts'
import { kRaftVersionRecord } from '../stored/data/k-raft-version.ts'
import { leaderChangeMessage } from '../stored/data/leader-change-message.ts'
import { snapshotFooterRecord } from '../stored/data/snapshot-footer.ts'
import { snapshotHeaderRecord } from '../stored/data/snapshot-header.ts'
import { votersRecord } from '../stored/data/voters.ts'
import { DecodeError } from '../wire/decode-error.ts'
import { Reader } from '../wire/reader.ts'
import { encode, type Message, type MessageInput, type Schema } from '../wire/schema.ts'

/** Ids of the types in a control record's key. */
export const controlRecordTypes = {
  ABORT: 0,
  COMMIT: 1,
  LEADER_CHANGE: 2,
  SNAPSHOT_HEADER: 3,
  SNAPSHOT_FOOTER: 4,
  KRAFT_VERSION: 5,
  KRAFT_VOTERS: 6,
} as const

export type ControlRecordType = keyof typeof controlRecordTypes

const quorumSchemas = {
  LEADER_CHANGE: leaderChangeMessage,
  SNAPSHOT_HEADER: snapshotHeaderRecord,
  SNAPSHOT_FOOTER: snapshotFooterRecord,
  KRAFT_VERSION: kRaftVersionRecord,
  KRAFT_VOTERS: votersRecord,
} as const

type QuorumSchemas = typeof quorumSchemas
type QuorumType = keyof QuorumSchemas

/** The end of a producer's transaction, as its coordinator wrote it in that epoch. */
export type TransactionMarker =
  | { readonly type: 'ABORT'; readonly coordinatorEpoch: number }
  | { readonly type: 'COMMIT'; readonly coordinatorEpoch: number }

/** A control record that is read: its type says what it holds. Types that do not exist yet are to be ignored. */
export type ControlRecord =
  | TransactionMarker
  | { [T in QuorumType]: { readonly type: T; readonly value: Message<QuorumSchemas[T]> } }[QuorumType]
  | { readonly type: 'UNKNOWN'; readonly typeId: number }

/** A control record to be written. */
export type ControlRecordInput =
  | TransactionMarker
  | { [T in QuorumType]: { readonly type: T; readonly value: MessageInput<QuorumSchemas[T]> } }[QuorumType]

/** Key and value for a record of a control batch. */
export function encodeControlRecord(record: ControlRecordInput): { key: Buffer; value: Buffer } {
  const key = Buffer.alloc(4)
  key.writeInt16BE(controlRecordTypes[record.type], 2)
  if (record.type === 'ABORT' || record.type === 'COMMIT') {
    const { coordinatorEpoch } = record
    return { key, value: Buffer.concat([Buffer.alloc(2), encode(endTxnMarker, 0, { coordinatorEpoch })]) }
  }
  return { key, value: encode(quorumSchemas[record.type] as Schema, 0, record.value) }
}

/** The type id in the key of a control record. Throws DecodeError. */
export function controlRecordTypeId(key: Buffer | null): number {
  if (key === null || key.length < 4) throw new DecodeError('the key of a control record has 4 bytes')
  const version = key.readInt16BE(0)
  if (version < 0) throw new DecodeError(`the key of a control record has version ${version}`)
  return key.readInt16BE(2)
}

/** Reads a record of a control batch. Bytes behind the message are left alone. Throws DecodeError. */
export function decodeControlRecord(key: Buffer | null, value: Buffer | null): ControlRecord {
  const typeId = controlRecordTypeId(key)
  const type = typeById.get(typeId)
  if (type === undefined) return { type: 'UNKNOWN', typeId }
  if (value === null) throw new DecodeError(`a control record ${type} without a value`)
  const reader = new Reader(value)
  if (type === 'ABORT' || type === 'COMMIT') {
    const version = reader.int16()
    if (version < 0) throw new DecodeError(`a transaction marker of version ${version}`)
    return { type, coordinatorEpoch: endTxnMarker.read(0, reader).coordinatorEpoch }
  }
  return { type, value: quorumSchemas[type].read(0, reader) } as ControlRecord
}

const typeById = new Map<number, ControlRecordType>(
  Object.entries(controlRecordTypes).map(([type, id]) => [id, type as ControlRecordType]),
)

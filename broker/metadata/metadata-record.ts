// The records of __cluster_metadata-0: their types, and the frame they are stored in (uvarint frame version 1, uvarint record
// type, uvarint version, body). A record of a type that is not in the table keeps its bytes and its type, so that it can be
// carried on. Source: org.apache.kafka.metadata.MetadataRecordSerde, Kafka 4.3.0.

import {
  abortTransactionRecord,
  accessControlEntryRecord,
  beginTransactionRecord,
  brokerRegistrationChangeRecord,
  clearElrRecord,
  clientQuotaRecord,
  configRecord,
  delegationTokenRecord,
  endTransactionRecord,
  featureLevelRecord,
  fenceBrokerRecord,
  noOpRecord,
  partitionChangeRecord,
  partitionRecord,
  producerIdsRecord,
  registerBrokerRecord,
  registerControllerRecord,
  removeAccessControlEntryRecord,
  removeDelegationTokenRecord,
  removeTopicRecord,
  removeUserScramCredentialRecord,
  topicRecord,
  unfenceBrokerRecord,
  unregisterBrokerRecord,
  userScramCredentialRecord,
  zkMigrationStateRecord,
} from '../../protocol/stored/metadata/index.ts'
import { Reader } from '../../protocol/wire/reader.ts'
import type { Message, MessageInput, Schema } from '../../protocol/wire/schema.ts'
import { Writer } from '../../protocol/wire/writer.ts'

const schemas = {
  abortTransaction: abortTransactionRecord,
  accessControlEntry: accessControlEntryRecord,
  beginTransaction: beginTransactionRecord,
  brokerRegistrationChange: brokerRegistrationChangeRecord,
  clearElr: clearElrRecord,
  clientQuota: clientQuotaRecord,
  config: configRecord,
  delegationToken: delegationTokenRecord,
  endTransaction: endTransactionRecord,
  featureLevel: featureLevelRecord,
  fenceBroker: fenceBrokerRecord,
  noOp: noOpRecord,
  partition: partitionRecord,
  partitionChange: partitionChangeRecord,
  producerIds: producerIdsRecord,
  registerBroker: registerBrokerRecord,
  registerController: registerControllerRecord,
  removeAccessControlEntry: removeAccessControlEntryRecord,
  removeDelegationToken: removeDelegationTokenRecord,
  removeTopic: removeTopicRecord,
  removeUserScramCredential: removeUserScramCredentialRecord,
  topic: topicRecord,
  unfenceBroker: unfenceBrokerRecord,
  unregisterBroker: unregisterBrokerRecord,
  userScramCredential: userScramCredentialRecord,
  zkMigrationState: zkMigrationStateRecord,
} as const

export type RecordType = keyof typeof schemas

/** The content of a record of a type, as decoded. */
export type RecordValue<Type extends RecordType> = Message<(typeof schemas)[Type]>

export interface RecordOf<Type extends RecordType> {
  readonly type: Type
  readonly version: number
  readonly value: RecordValue<Type>
  /** As stored. */
  readonly frame: Buffer
}

/** A record of a type that this version does not know. */
export interface UnknownRecord {
  readonly type: 'unknown'
  readonly recordType: number
  readonly version: number
  readonly frame: Buffer
}

export type MetadataRecord = { [Type in RecordType]: RecordOf<Type> }[RecordType] | UnknownRecord

/** A record that is to be written. */
export type RecordInput = {
  [Type in RecordType]: {
    readonly type: Type
    readonly version: number
    readonly value: MessageInput<(typeof schemas)[Type]>
  }
}[RecordType]

/** A stored record that cannot be understood: replaying on without it would give another cluster than was written. */
export class MetadataRecordError extends Error {
  readonly code = 'METADATA_RECORD_INVALID'
}

const typesByKey = new Map<number, RecordType>(
  (Object.keys(schemas) as RecordType[]).map(type => [schemas[type].key!, type]),
)

const frameVersion = 1

/** A record as it is stored. Throws EncodeError for a value that the version cannot carry. */
export function encodeRecord(record: RecordInput): Buffer {
  const schema: Schema = schemas[record.type]
  const writer = new Writer()
  writer.unsignedVarint(frameVersion)
  writer.unsignedVarint(schema.key!)
  writer.unsignedVarint(record.version)
  schema.write(record.version, writer, record.value as MessageInput<Schema>)
  return writer.toBuffer()
}

/** Reads a stored record; the frame becomes part of it. Throws MetadataRecordError or DecodeError. */
export function decodeRecord(frame: Buffer): MetadataRecord {
  const reader = new Reader(frame)
  const framing = reader.unsignedVarint()
  if (framing !== frameVersion) {
    throw new MetadataRecordError(`a metadata record has frame version ${framing}; only ${frameVersion} is known`)
  }
  const key = reader.unsignedVarint()
  const version = reader.unsignedVarint()
  const type = typesByKey.get(key)
  if (type === undefined) return { type: 'unknown', recordType: key, version, frame }
  const schema: Schema = schemas[type]
  if (!schema.has(version)) {
    throw new MetadataRecordError(
      `a ${schema.name} has version ${version}; versions ${schema.versions.join(' to ')} are known. ` +
        'The log was written by a newer version: start that version again, or lower its metadata.version first.',
    )
  }
  const value = schema.read(version, reader)
  if (reader.remaining > 0) throw new MetadataRecordError(`a ${schema.name} has ${reader.remaining} bytes too many`)
  return { type, version, value, frame } as MetadataRecord
}

/** A record to be written; for literals whose type would otherwise have to be said twice. */
export function recordInput<Type extends RecordType>(
  type: Type,
  version: number,
  value: MessageInput<(typeof schemas)[Type]>,
): RecordInput {
  return { type, version, value } as RecordInput
}

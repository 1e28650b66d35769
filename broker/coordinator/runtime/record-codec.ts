// The bytes of a coordinator's records, in Kafka's framing: the key is the record type (int16) and a body in version 0, the
// value is a version (int16) and a body in that version; no value is a tombstone.
// Source: Kafka 4.3.0's CoordinatorRecordSerde.

import type { Fields } from '../../../protocol/wire/field.ts'
import { Reader } from '../../../protocol/wire/reader.ts'
import { encode, type Message, type MessageInput, type Schema } from '../../../protocol/wire/schema.ts'
import type { RecordCodec } from './coordinator-state.ts'

/** The schemas of a record: `key.key` is the record type. */
export interface RecordType {
  readonly key: Schema<Fields>
  readonly value: Schema<Fields>
}

export type RecordTypes = { readonly [name: string]: { readonly key: unknown; readonly value: unknown } }

/** A record as it is read. */
export type RecordOf<Types extends RecordTypes> = {
  [Name in keyof Types & string]: {
    readonly type: Name
    readonly key: Message<Types[Name]['key']>
    /** Null: a tombstone. */
    readonly value: Message<Types[Name]['value']> | null
    /** Of the value. */
    readonly version: number
  }
}[keyof Types & string]

/** A record to be written; for a tombstone the version does not matter. */
export type RecordInputOf<Types extends RecordTypes, Name extends keyof Types> = {
  readonly type: Name
  readonly key: MessageInput<Types[Name]['key']>
  readonly value: MessageInput<Types[Name]['value']> | null
  readonly version: number
}

/** The codec of a table of record types. */
export function recordCodec<Types extends RecordTypes>(types: Types): RecordCodec<RecordOf<Types>> {
  const byName = types as unknown as { readonly [name: string]: RecordType }
  const names = new Map(Object.entries(byName).map(([name, type]) => [type.key.key!, name]))
  return {
    encode({ type, key, value, version }) {
      const schemas = byName[type]!
      return {
        key: prefixed(schemas.key.key!, encode(schemas.key, 0, key as object)),
        value: value === null ? null : prefixed(version, encode(schemas.value, version, value as object)),
      }
    },
    decode(key, value) {
      if (key === null || key.length < 2) throw new Error('the record has no key with a record type')
      const typeId = key.readInt16BE(0)
      const type = names.get(typeId)
      if (type === undefined) return typeId
      const schemas = byName[type]!
      const record = {
        type,
        key: read(schemas.key, 0, key),
        value: readValue(schemas.value, value),
        version: versionOf(value),
      }
      return record as unknown as RecordOf<Types>
    },
  }
}

function prefixed(prefix: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(2 + body.length)
  bytes.writeInt16BE(prefix, 0)
  body.copy(bytes, 2)
  return bytes
}

// Bytes behind the body are ignored, as Kafka does.
function read(schema: Schema<Fields>, version: number, bytes: Buffer): object {
  return schema.read(version, new Reader(bytes.subarray(2)))
}

function versionOf(value: Buffer | null): number {
  return value === null || value.length < 2 ? -1 : value.readInt16BE(0)
}

function readValue(schema: Schema<Fields>, value: Buffer | null): object | null {
  if (value === null) return null
  const version = versionOf(value)
  if (schema.has(version)) return read(schema, version, value)
  throw new Error(`${schema.name} in version ${version} cannot be read, only versions ${schema.versions.join(' to ')}`)
}

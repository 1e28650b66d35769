// How a record says which schema it was written with. Confluent's two ways: magic 0 and a 4-byte id before the bytes, or magic 1 and the
// 16 bytes of a GUID in a header of the record. Magic 1 and the GUID before the bytes are read as well.
//
// Source: io.confluent.kafka.serializers.schema.id.SchemaId, DualSchemaIdDeserializer (what is read), PrefixSchemaIdSerializer and
// HeaderSchemaIdSerializer (what is written).

import { SerdeError } from './serde-error.ts'

export type Part = 'key' | 'value'

export const schemaIdHeaders: Readonly<Record<Part, string>> = { key: '__key_schema_id', value: '__value_schema_id' }

const magicId = 0
const magicGuid = 1
const idBytes = 5
const guidBytes = 17
/** Ids are Java's ints. */
export const idMax = 0x7fff_ffff

export type SchemaId = { readonly id: number } | { readonly guid: string }

export interface Framed {
  readonly schemaId: SchemaId
  /** The value's own bytes: a view. */
  readonly payload: Uint8Array
}

/** Magic 0, the id and the bytes. */
export function withId(id: number, payload: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(idBytes + payload.length)
  framed[0] = magicId
  framed.writeInt32BE(id, 1)
  framed.set(payload, idBytes)
  return framed
}

/** The header's value for a GUID as text. Throws a SerdeError when it is none. */
export function guidHeader(guid: string): Buffer {
  const hex = guid.replaceAll('-', '')
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw new SerdeError('INVALID_ARGUMENT', `"${guid}" is no GUID`)
  return Buffer.concat([Buffer.from([magicGuid]), Buffer.from(hex, 'hex')])
}

/**
 * What the record says; `header` is the value of the part's header, where it has one, which goes before the bytes. `what` is for
 * messages: "the value". Throws a SerdeError NO_SCHEMA_ID.
 */
export function framedOf(bytes: Uint8Array, header: Uint8Array | undefined, what: string): Framed {
  if (header !== undefined) return { schemaId: schemaIdIn(header, `the header of ${what}`).schemaId, payload: bytes }
  const { schemaId, length } = schemaIdIn(bytes, what)
  return { schemaId, payload: bytes.subarray(length) }
}

function schemaIdIn(bytes: Uint8Array, what: string): { schemaId: SchemaId; length: number } {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length === 0) throw new SerdeError('NO_SCHEMA_ID', `${what} is empty`)
  const [magic] = view
  if (magic === magicId && view.length >= idBytes) {
    return { schemaId: { id: view.readInt32BE(1) }, length: idBytes }
  }
  if (magic === magicGuid && view.length >= guidBytes) {
    return { schemaId: { guid: guidText(view.subarray(1, guidBytes)) }, length: guidBytes }
  }
  if (magic === magicId || magic === magicGuid) {
    throw new SerdeError('NO_SCHEMA_ID', `${what} ends within the id of its schema, after ${view.length} bytes`)
  }
  throw new SerdeError('NO_SCHEMA_ID', `${what} begins with the byte ${magic}, where the magic byte 0 or 1 is expected`)
}

function guidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

// One record of a magic 2 batch: read as views of the batch's bytes, and written.
// Layout: size (varint, of what follows), attributes (one unused byte), timestamp delta (varlong), offset delta (varint),
// key and value (varint length, negative for null), headers (varint count; each a key and a value in the same form).
// Source: org.apache.kafka.common.record.internal.DefaultRecord, Kafka 4.3.0. Known difference: header keys are decoded as
// UTF-8, so keys that are not valid UTF-8 do not come out byte for byte.

import type { Offset } from '../types.ts'
import { DecodeError } from '../wire/decode-error.ts'
import { EncodeError } from '../wire/encode-error.ts'
import type { Int64 } from '../wire/int64.ts'
import { incrementSequence, noSequence } from './batch-header.ts'
import { addInt64 } from './int64-at.ts'
import type { RecordReader } from './record-reader.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts'

export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** A record in whatever format it was stored. Key, value and header values are views of the bytes it was read from. */
export interface RecordView {
  readonly offset: Offset
  /** Milliseconds; -1 when the record has none. */
  readonly timestamp: Int64
  /** -1 when the batch comes from a producer that is not idempotent. */
  readonly sequence: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
  /** Bytes that the record takes in its (uncompressed) batch. */
  readonly sizeInBytes: number
}

/** What the records of a batch are relative to. */
export interface RecordBase {
  readonly baseOffset: Offset
  readonly baseTimestamp: Int64
  readonly baseSequence: number
  /** When the broker stamped the batch itself, the timestamp of all its records. */
  readonly logAppendTime: Int64 | undefined
}

const noHeaders: readonly RecordHeader[] = Object.freeze([])

/** Reads the record at the reader's position. Throws DecodeError when its framing is wrong. */
export function readRecord(reader: RecordReader, base: RecordBase): RecordView {
  const start = reader.position
  const end = recordEnd(reader)
  reader.position += 1 // attributes: no bit has a meaning
  const timestampDelta = reader.varlong()
  const offsetDelta = reader.varint()
  const key = readNullableBytes(reader, end)
  const value = readNullableBytes(reader, end)
  const headers = readHeaders(reader, end)
  if (reader.position !== end) throw new DecodeError(`record at ${start} does not end where its size says`)
  return {
    offset: base.baseOffset + offsetDelta,
    timestamp: base.logAppendTime ?? addInt64(base.baseTimestamp, timestampDelta),
    sequence: base.baseSequence < 0 ? noSequence : incrementSequence(base.baseSequence, offsetDelta),
    key,
    value,
    headers,
    sizeInBytes: end - start,
  }
}

/** Reads a record's size and answers where the record ends, which is inside the buffer. */
export function recordEnd(reader: RecordReader): number {
  const size = reader.varint()
  const left = reader.buffer.length - reader.position
  if (size < 0 || size > left) throw new DecodeError(`record of ${size} bytes, but ${left} bytes are left`)
  return reader.position + size
}

function readNullableBytes(reader: RecordReader, end: number): Buffer | null {
  const length = reader.varint()
  if (length < 0) return null
  const start = reader.position
  if (length > end - start) throw new DecodeError(`${length} bytes at ${start} reach beyond the end of their record`)
  reader.position = start + length
  return reader.buffer.subarray(start, start + length)
}

/** Reads the headers at the reader's position; none of them reaches beyond `end`. Throws DecodeError. */
export function readHeaders(reader: RecordReader, end: number): readonly RecordHeader[] {
  const count = reader.varint()
  if (count === 0) return noHeaders
  if (count < 0 || count > end - reader.position) throw new DecodeError(`a record cannot have ${count} headers here`)
  const headers: RecordHeader[] = []
  for (let i = 0; i < count; i += 1) {
    const key = readNullableBytes(reader, end)
    if (key === null) throw new DecodeError('a record header without a key')
    headers.push({ key: key.toString('utf8'), value: readNullableBytes(reader, end) })
  }
  return headers
}

/** A record to be written. Offset and timestamp are the batch's business. */
export interface RecordContent {
  readonly key?: Uint8Array | null
  readonly value?: Uint8Array | null
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[]
}

/** Bytes of a record behind its size field. */
export function recordBodySize(offsetDelta: number, timestampDelta: Int64, record: RecordContent): number {
  const headers = record.headers ?? noHeaders
  let size = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta)
  size += bytesSize(record.key) + bytesSize(record.value) + varintSize(headers.length)
  for (const header of headers) {
    const keyLength = Buffer.byteLength(header.key)
    size += varintSize(keyLength) + keyLength + bytesSize(header.value)
  }
  return size
}

function bytesSize(bytes: Uint8Array | null | undefined): number {
  return bytes ? varintSize(bytes.length) + bytes.length : 1
}

/** Writes a record whose body size is known, into a buffer that has the room, and answers the position behind it. */
export function writeRecord(
  buffer: Buffer,
  position: number,
  bodySize: number,
  offsetDelta: number,
  timestampDelta: Int64,
  record: RecordContent,
): number {
  const headers = record.headers ?? noHeaders
  let at = writeVarint(buffer, position, bodySize)
  const end = at + bodySize
  buffer[at++] = 0
  at = writeVarlong(buffer, at, timestampDelta)
  at = writeVarint(buffer, at, offsetDelta)
  at = writeBytes(buffer, at, record.key)
  at = writeBytes(buffer, at, record.value)
  at = writeVarint(buffer, at, headers.length)
  for (const header of headers) {
    at = writeVarint(buffer, at, Buffer.byteLength(header.key))
    at += buffer.write(header.key, at, 'utf8')
    at = writeBytes(buffer, at, header.value)
  }
  if (at !== end) throw new EncodeError('a record changed while it was being written')
  return at
}

function writeBytes(buffer: Buffer, position: number, bytes: Uint8Array | null | undefined): number {
  if (!bytes) return writeVarint(buffer, position, -1)
  const at = writeVarint(buffer, position, bytes.length)
  buffer.set(bytes, at)
  return at + bytes.length
}

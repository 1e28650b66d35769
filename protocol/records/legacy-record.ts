// Message formats 0 and 1, as Kafka wrote them before 0.11: read, never written.
// Layout: offset 0, length 8, crc 12, magic 16, attributes 17, in magic 1 the timestamp 18, then key and value with int32
// lengths. A compressed message set is one wrapper message whose value holds the messages. In magic 0 the inner offsets are
// absolute; in magic 1 they are relative and the wrapper has the offset of the last one, except that a wrapper offset of 0
// means that the inner offsets are absolute (old librdkafka).
// Source: org.apache.kafka.common.record.internal.LegacyRecord and AbstractLegacyRecordBatch, Kafka 4.3.0.

import { DecodeError } from '../wire/decode-error.ts'
import type { Int64 } from '../wire/int64.ts'
import {
  baseOffsetOf,
  batchSizeOf,
  compressionTypeOf,
  logOverhead,
  magicOf,
  noSequence,
  noTimestamp,
} from './batch-header.ts'
import { decompress } from './compression.ts'
import type { CompressionType } from './compression-type.ts'
import { int64At } from './int64-at.ts'
import type { RecordView } from './record.ts'

/** Bytes of a message of magic 0 or 1 without key and value, offset and length fields not counted. */
export function legacyRecordOverhead(magic: number): number {
  return magic === 0 ? 14 : 22
}
/** The stored checksum, unsigned: CRC-32 of everything from the magic on. */
export function legacyCrcOf(buffer: Buffer, position = 0): number {
  return buffer.readUInt32BE(position + 12)
}
export function legacyAttributesOf(buffer: Buffer, position = 0): number {
  return buffer.readInt8(position + 17)
}
export function legacyCompressionOf(buffer: Buffer, position = 0): CompressionType {
  return compressionTypeOf(legacyAttributesOf(buffer, position) & 0x07)
}
/** Magic 0 knows neither timestamps nor their type. */
export function legacyTimestampTypeOf(
  buffer: Buffer,
  position = 0,
): 'NoTimestampType' | 'CreateTime' | 'LogAppendTime' {
  if (magicOf(buffer, position) === 0) return 'NoTimestampType'
  return legacyAttributesOf(buffer, position) & 0x08 ? 'LogAppendTime' : 'CreateTime'
}
/** Of a wrapper: the largest timestamp inside it. */
export function legacyTimestampOf(buffer: Buffer, position = 0): Int64 {
  return magicOf(buffer, position) === 0 ? noTimestamp : int64At(buffer, position + 18)
}

/** The records of a whole message of magic 0 or 1: itself, or what it wraps. Throws DecodeError. */
export function legacyRecords(message: Buffer, decompressedBytesMax: number): RecordView[] {
  const type = legacyCompressionOf(checkedMessage(message))
  if (type === 'none') return [readMessage(message)]
  if (type === 'zstd') throw new DecodeError(`zstd in a message set of magic ${magicOf(message)}`)
  const { value } = readMessage(message)
  if (value === null) throw new DecodeError('a compressed message set without a value')
  return innerRecords(message, decompress(type, value, decompressedBytesMax, magicOf(message)))
}

function innerRecords(wrapper: Buffer, inner: Buffer): RecordView[] {
  const messages = split(inner)
  const last = messages.at(-1)
  if (last === undefined) throw new DecodeError('a compressed message set without messages')
  const stampedByBroker = legacyTimestampTypeOf(wrapper) === 'LogAppendTime'
  const shift = magicOf(wrapper) === 0 ? 0 : relativeBase(baseOffsetOf(wrapper), baseOffsetOf(last))
  return messages.map(message => {
    if (legacyCompressionOf(message) !== 'none') throw new DecodeError('a compressed message inside a compressed one')
    const record = readMessage(message)
    const timestamp = stampedByBroker && magicOf(message) === 1 ? legacyTimestampOf(wrapper) : record.timestamp
    const offset = record.offset + shift
    if (!Number.isSafeInteger(offset)) throw new DecodeError(`offset ${offset} inside a message set is beyond 2^53`)
    return { ...record, offset, timestamp }
  })
}

/** What relative offsets are added to. */
function relativeBase(wrapperOffset: number, lastInnerOffset: number): number {
  if (wrapperOffset === 0) return 0
  if (wrapperOffset < lastInnerOffset) {
    throw new DecodeError(`wrapper offset ${wrapperOffset} is less than the last offset ${lastInnerOffset} inside it`)
  }
  return wrapperOffset - lastInnerOffset
}

/** The messages inside a wrapper; a cut one at the end is left out, as Kafka does. */
function split(inner: Buffer): Buffer[] {
  const messages: Buffer[] = []
  for (let position = 0; position + logOverhead <= inner.length; ) {
    const length = inner.readInt32BE(position + 8)
    if (length < legacyRecordOverhead(0)) throw new DecodeError(`message length ${length} is less than any message has`)
    if (logOverhead + length > inner.length - position) break
    messages.push(checkedMessage(inner.subarray(position, position + logOverhead + length)))
    position += logOverhead + length
  }
  return messages
}

function checkedMessage(message: Buffer): Buffer {
  const magic = magicOf(message)
  if (magic !== 0 && magic !== 1) throw new DecodeError(`magic ${magic} inside a message set`)
  if (batchSizeOf(message) < logOverhead + legacyRecordOverhead(magic)) {
    throw new DecodeError(`message of ${batchSizeOf(message)} bytes is smaller than its header`)
  }
  return message
}

function readMessage(message: Buffer): RecordView {
  const keyStart = magicOf(message) === 0 ? 18 : 26
  const key = sizedBytes(message, keyStart)
  return {
    offset: baseOffsetOf(message),
    timestamp: legacyTimestampOf(message),
    sequence: noSequence,
    key,
    value: sizedBytes(message, keyStart + 4 + (key?.length ?? 0)),
    headers: [],
    sizeInBytes: message.length,
  }
}

function sizedBytes(message: Buffer, position: number): Buffer | null {
  if (position + 4 > message.length) throw new DecodeError('a message ends inside its key')
  const length = message.readInt32BE(position)
  if (length < 0) return null
  const start = position + 4
  if (length > message.length - start) throw new DecodeError(`${length} bytes at ${start} reach beyond their message`)
  return message.subarray(start, start + length)
}

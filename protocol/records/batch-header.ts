// The header of a record batch, read and rewritten where it lies: a buffer and the position at which the batch begins (0
// when left out). Nothing is allocated, nothing is checked: `nextBatchSize` and `checkBatch` (batches.ts) come first.
// Layout of magic 2, position within the batch: base offset 0, length 8, partition leader epoch 12, magic 16, crc 17,
// attributes 21, last offset delta 23, base timestamp 27, max timestamp 35, producer id 43, producer epoch 51,
// base sequence 53, record count 57, records 61. The crc covers everything from the attributes on, so base offset and
// leader epoch are stamped without touching it. Offset, length and magic lie the same in magic 0 and 1.
// Source: org.apache.kafka.common.record.internal.DefaultRecordBatch, Kafka 4.3.0.

import type { LeaderEpoch, Offset } from '../types.ts'
import { DecodeError } from '../wire/decode-error.ts'
import type { Int64 } from '../wire/int64.ts'
import { type CompressionType, compressionTypes } from './compression-type.ts'
import { crc32c } from './crc32c.ts'
import { int64At, offsetAt, setInt64At } from './int64-at.ts'

/** Bytes of offset and length, which the length field does not count. */
export const logOverhead = 12
/** Bytes up to and including the magic: what is needed to tell what follows. */
export const headerBytesUpToMagic = 17
/** Bytes of the header of a magic 2 batch. */
export const recordBatchOverhead = 61

// What stands in a field that has no value.
export const noTimestamp = -1
export const noProducerId = -1
export const noProducerEpoch = -1
export const noSequence = -1
export const noPartitionLeaderEpoch = -1

export type TimestampType = 'CreateTime' | 'LogAppendTime'

const compressionMask = 0x07
const logAppendTimeFlag = 0x08
const transactionalFlag = 0x10
const controlFlag = 0x20
const deleteHorizonFlag = 0x40
const knownAttributes = 0x7f

/** Offset field: the base offset in magic 2, the offset of the (last) record in magic 0 and 1. Beyond 2^53: DecodeError. */
export function baseOffsetOf(buffer: Buffer, position = 0): Offset {
  return offsetAt(buffer, position)
}
/** Bytes of the whole batch, offset and length fields included. */
export function batchSizeOf(buffer: Buffer, position = 0): number {
  return logOverhead + buffer.readInt32BE(position + 8)
}
export function partitionLeaderEpochOf(buffer: Buffer, position = 0): LeaderEpoch {
  return buffer.readInt32BE(position + 12)
}
export function magicOf(buffer: Buffer, position = 0): number {
  return buffer.readInt8(position + 16)
}
/** The stored checksum, unsigned. */
export function crcOf(buffer: Buffer, position = 0): number {
  return buffer.readUInt32BE(position + 17)
}
/** The checksum that the bytes have, unsigned. */
export function computedCrcOf(buffer: Buffer, position = 0): number {
  return crc32c(buffer.subarray(position + 21, position + batchSizeOf(buffer, position)))
}
export function attributesOf(buffer: Buffer, position = 0): number {
  return buffer.readInt16BE(position + 21)
}
/** A compression id that does not exist is a DecodeError. */
export function compressionOf(buffer: Buffer, position = 0): CompressionType {
  return compressionTypeOf(buffer[position + 22]! & compressionMask)
}
/** The compression type of an id; an id that does not exist is a DecodeError. */
export function compressionTypeOf(id: number): CompressionType {
  const type = compressionTypes[id]
  if (type === undefined) throw new DecodeError(`compression type ${id} does not exist`)
  return type
}
export function timestampTypeOf(buffer: Buffer, position = 0): TimestampType {
  return buffer[position + 22]! & logAppendTimeFlag ? 'LogAppendTime' : 'CreateTime'
}
export function isTransactional(buffer: Buffer, position = 0): boolean {
  return (buffer[position + 22]! & transactionalFlag) !== 0
}
export function isControlBatch(buffer: Buffer, position = 0): boolean {
  return (buffer[position + 22]! & controlFlag) !== 0
}
/** Whether the base timestamp field holds the time from which tombstones and markers of this batch may go. */
export function hasDeleteHorizon(buffer: Buffer, position = 0): boolean {
  return (buffer[position + 22]! & deleteHorizonFlag) !== 0
}
export function lastOffsetDeltaOf(buffer: Buffer, position = 0): number {
  return buffer.readInt32BE(position + 23)
}
/** Offset of the last record, in any magic; it counts also when compaction has removed that record. */
export function lastOffsetOf(buffer: Buffer, position = 0): Offset {
  const offset = baseOffsetOf(buffer, position)
  return magicOf(buffer, position) < 2 ? offset : offset + lastOffsetDeltaOf(buffer, position)
}
/** The field that record timestamps are relative to. */
export function baseTimestampOf(buffer: Buffer, position = 0): Int64 {
  return int64At(buffer, position + 27)
}
export function maxTimestampOf(buffer: Buffer, position = 0): Int64 {
  return int64At(buffer, position + 35)
}
export function producerIdOf(buffer: Buffer, position = 0): Int64 {
  return int64At(buffer, position + 43)
}
export function producerEpochOf(buffer: Buffer, position = 0): number {
  return buffer.readInt16BE(position + 51)
}
export function baseSequenceOf(buffer: Buffer, position = 0): number {
  return buffer.readInt32BE(position + 53)
}
/** Sequence of the last record, -1 when the batch has none. */
export function lastSequenceOf(buffer: Buffer, position = 0): number {
  const base = baseSequenceOf(buffer, position)
  return base === noSequence ? noSequence : incrementSequence(base, lastOffsetDeltaOf(buffer, position))
}
/** How many records the batch says it holds. */
export function recordCountOf(buffer: Buffer, position = 0): number {
  return buffer.readInt32BE(position + 57)
}

/** Sequences go round from the largest int32 to 0. */
export function incrementSequence(sequence: number, increment: number): number {
  const room = (0x7fff_ffff - increment) | 0
  return sequence > room ? (increment - (0x7fff_ffff - sequence) - 1) | 0 : (sequence + increment) | 0
}

/** The sequence `decrement` records earlier. */
export function decrementSequence(sequence: number, decrement: number): number {
  return sequence < decrement ? (0x7fff_ffff - (decrement - sequence) + 1) | 0 : (sequence - decrement) | 0
}

/** Stamps the base offset; the checksum does not cover it. */
export function setBaseOffset(buffer: Buffer, position: number, offset: Offset): void {
  setInt64At(buffer, position, offset)
}
/** Stamps the leader epoch; the checksum does not cover it. */
export function setPartitionLeaderEpoch(buffer: Buffer, position: number, epoch: LeaderEpoch): void {
  buffer.writeInt32BE(epoch, position + 12)
}
/**
 * Sets timestamp type and largest timestamp, and the checksum anew. Nothing is written when both are as they should be;
 * otherwise attribute bits without a meaning are cleared, as Kafka does.
 */
export function setMaxTimestamp(buffer: Buffer, position: number, type: TimestampType, maxTimestamp: Int64): void {
  if (timestampTypeOf(buffer, position) === type && maxTimestampOf(buffer, position) === maxTimestamp) return
  const others = attributesOf(buffer, position) & knownAttributes & ~logAppendTimeFlag
  buffer.writeInt16BE(type === 'LogAppendTime' ? others | logAppendTimeFlag : others, position + 21)
  setInt64At(buffer, position + 35, maxTimestamp)
  buffer.writeUInt32BE(computedCrcOf(buffer, position), position + 17)
}

/** The header of a magic 2 batch as a value. Sizes in bytes, times in milliseconds. */
export interface BatchHeader {
  readonly baseOffset: Offset
  readonly lastOffset: Offset
  readonly sizeInBytes: number
  readonly partitionLeaderEpoch: LeaderEpoch
  readonly magic: number
  readonly crc: number
  readonly attributes: number
  readonly compression: CompressionType
  readonly timestampType: TimestampType
  readonly transactional: boolean
  readonly control: boolean
  /** The time from which tombstones and markers of the batch may go; null when it has not been set. */
  readonly deleteHorizonMs: Int64 | null
  readonly lastOffsetDelta: number
  readonly baseTimestamp: Int64
  readonly maxTimestamp: Int64
  readonly producerId: Int64
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly count: number
}

/** Reads all of a magic 2 header. */
export function readBatchHeader(buffer: Buffer, position = 0): BatchHeader {
  return {
    baseOffset: baseOffsetOf(buffer, position),
    lastOffset: lastOffsetOf(buffer, position),
    sizeInBytes: batchSizeOf(buffer, position),
    partitionLeaderEpoch: partitionLeaderEpochOf(buffer, position),
    magic: magicOf(buffer, position),
    crc: crcOf(buffer, position),
    attributes: attributesOf(buffer, position),
    compression: compressionOf(buffer, position),
    timestampType: timestampTypeOf(buffer, position),
    transactional: isTransactional(buffer, position),
    control: isControlBatch(buffer, position),
    deleteHorizonMs: hasDeleteHorizon(buffer, position) ? baseTimestampOf(buffer, position) : null,
    lastOffsetDelta: lastOffsetDeltaOf(buffer, position),
    baseTimestamp: baseTimestampOf(buffer, position),
    maxTimestamp: maxTimestampOf(buffer, position),
    producerId: producerIdOf(buffer, position),
    producerEpoch: producerEpochOf(buffer, position),
    baseSequence: baseSequenceOf(buffer, position),
    lastSequence: lastSequenceOf(buffer, position),
    count: recordCountOf(buffer, position),
  }
}

/** What `writeBatchHeader` needs; size and checksum it finds out itself. */
export type BatchHeaderInput = Omit<
  BatchHeader,
  'lastOffset' | 'sizeInBytes' | 'magic' | 'crc' | 'attributes' | 'lastSequence'
>

/** Writes the header of a batch that is the whole buffer and whose records are already in it. */
export function writeBatchHeader(buffer: Buffer, header: BatchHeaderInput): void {
  setInt64At(buffer, 0, header.baseOffset)
  buffer.writeInt32BE(buffer.length - logOverhead, 8)
  buffer.writeInt32BE(header.partitionLeaderEpoch, 12)
  buffer.writeInt8(2, 16)
  buffer.writeInt16BE(attributesFrom(header), 21)
  buffer.writeInt32BE(header.lastOffsetDelta, 23)
  setInt64At(buffer, 27, header.deleteHorizonMs ?? header.baseTimestamp)
  setInt64At(buffer, 35, header.maxTimestamp)
  setInt64At(buffer, 43, header.producerId)
  buffer.writeInt16BE(header.producerEpoch, 51)
  buffer.writeInt32BE(header.baseSequence, 53)
  buffer.writeInt32BE(header.count, 57)
  buffer.writeUInt32BE(computedCrcOf(buffer), 17)
}

/**
 * Writes the header of a batch that is the whole buffer and holds some records of another one, whose header is at a position: offsets,
 * sequence, producer and codec stay. As with `writeBatchHeader` the records are already there.
 */
export function writeHeaderOfRemaining(
  buffer: Buffer,
  original: Buffer,
  position: number,
  remaining: Pick<BatchHeader, 'baseTimestamp' | 'deleteHorizonMs' | 'maxTimestamp' | 'count'>,
): void {
  const { baseTimestamp, deleteHorizonMs, maxTimestamp, count } = remaining
  original.copy(buffer, 0, position, position + recordBatchOverhead)
  buffer.writeInt32BE(buffer.length - logOverhead, 8)
  const others = attributesOf(buffer) & knownAttributes & ~deleteHorizonFlag
  buffer.writeInt16BE(deleteHorizonMs === null ? others : others | deleteHorizonFlag, 21)
  setInt64At(buffer, 27, deleteHorizonMs ?? baseTimestamp)
  setInt64At(buffer, 35, maxTimestamp)
  buffer.writeInt32BE(count, 57)
  buffer.writeUInt32BE(computedCrcOf(buffer), 17)
}

function attributesFrom(header: BatchHeaderInput): number {
  return (
    compressionTypes.indexOf(header.compression) |
    (header.timestampType === 'LogAppendTime' ? logAppendTimeFlag : 0) |
    (header.transactional ? transactionalFlag : 0) |
    (header.control ? controlFlag : 0) |
    (header.deleteHorizonMs === null ? 0 : deleteHorizonFlag)
  )
}

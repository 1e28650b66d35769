// The records of a whole batch, of any magic and codec. The batch's checksum is not looked at: `checkBatch` does that.
// Source: DefaultRecordBatch's iterators, Kafka 4.3.0. A batch that says it holds no records has none, whatever follows.

import { DecodeError } from '../wire/decode-error.ts'
import {
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  compressionOf,
  magicOf,
  maxTimestampOf,
  recordBatchOverhead,
  recordCountOf,
  timestampTypeOf,
} from './batch-header.ts'
import { checkBatchSize } from './batches.ts'
import { decompress } from './compression.ts'
import type { Decompressor } from './decompressor.ts'
import { legacyRecords } from './legacy-record.ts'
import { type RecordView, readRecord } from './record.ts'
import { RecordReader } from './record-reader.ts'

/** What a batch may decompress to when the caller sets no limit of its own. In bytes. */
export const decompressedBytesMaxDefault = 256 * 1024 * 1024

/**
 * The uncompressed records of the magic 2 batch at a position: a view of the batch, or new bytes when it is compressed.
 * More than `bytesMax` of them, an unknown codec or damaged data is a DecodeError. With a decompressor of the caller's, what
 * is new belongs to that and changes with its next batch.
 */
export function recordBytes(
  buffer: Buffer,
  position = 0,
  bytesMax = decompressedBytesMaxDefault,
  decompressor?: Decompressor,
): Buffer {
  const payload = buffer.subarray(position + recordBatchOverhead, position + checkBatchSize(buffer, position))
  const compression = compressionOf(buffer, position)
  return decompressor?.decompress(compression, payload, bytesMax) ?? decompress(compression, payload, bytesMax)
}

/**
 * The records of a batch that is the whole buffer, in order. Each is framed on its own, so those before a damaged one come
 * out before the DecodeError; views stay valid as long as the batch's bytes do not change.
 */
export function* records(batch: Buffer, bytesMax = decompressedBytesMaxDefault): Generator<RecordView, void, void> {
  checkBatchSize(batch)
  if (magicOf(batch) < 2) {
    yield* legacyRecords(batch, bytesMax)
    return
  }
  const count = recordCountOf(batch)
  if (count < 0) throw new DecodeError(`a batch cannot hold ${count} records`)
  if (count === 0) return
  const reader = new RecordReader(recordBytes(batch, 0, bytesMax))
  const base = {
    baseOffset: baseOffsetOf(batch),
    baseTimestamp: baseTimestampOf(batch),
    baseSequence: baseSequenceOf(batch),
    logAppendTime: timestampTypeOf(batch) === 'LogAppendTime' ? maxTimestampOf(batch) : undefined,
  }
  for (let i = 1; i <= count; i += 1) {
    const record = readRecord(reader, base)
    if (i === count && reader.position !== reader.buffer.length) {
      throw new DecodeError(`${reader.buffer.length - reader.position} bytes are left behind the last record`)
    }
    yield record
  }
}

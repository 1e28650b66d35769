// What a produce request may hold for one partition: exactly one batch of the newest format.
// Source: ProduceRequest.validateRecords, Kafka 4.3.0. What is in the batch is the log's to check.

import { errors, type ProtocolError } from '../../protocol/errors.ts'
import { compressionOf, magicOf, recordBatchOverhead } from '../../protocol/records/batch-header.ts'
import { wholeBatchSize } from '../../protocol/records/batches.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'

/** From this version of Produce on batches may be compressed with zstd. */
const zstdSinceVersion = 7

/** The batch, without bytes of a cut one behind it, or what is wrong. */
export function producedBatch(records: Buffer | null, apiVersion: number): Buffer | ProtocolError {
  if (records === null) return errors.INVALID_RECORD
  try {
    const size = wholeBatchSize(records, 0)
    if (size === 0 || magicOf(records) !== 2) return errors.INVALID_RECORD
    if (size < recordBatchOverhead) return errors.CORRUPT_MESSAGE
    if (apiVersion < zstdSinceVersion && compressionOf(records) === 'zstd') return errors.UNSUPPORTED_COMPRESSION_TYPE
    return wholeBatchSize(records, size) === 0 ? records.subarray(0, size) : errors.INVALID_RECORD
  } catch (error) {
    if (error instanceof DecodeError) return errors.CORRUPT_MESSAGE
    throw error
  }
}

// What a leader checks of a batch before it goes into the log, and what it stamps into it.
//
// The batch stays bytes: header and records are looked at where they lie, base offset, leader epoch and timestamps are
// written in place. It is built anew only where the topic's compression differs.
// Source: Kafka 4.3.0's LogValidator, UnifiedLog.analyzeAndValidateRecords and ProduceRequest.validateRecords. Different on
// purpose, so that the client is told what is wrong: offset deltas that are not 0, 1, 2 … are INVALID_RECORD (Kafka answers
// UNKNOWN_SERVER_ERROR for compressed batches and stores uncompressed ones, whose offsets then collide), and so are an unknown
// codec and data that does not decompress (Kafka: UNKNOWN_SERVER_ERROR).

import { errors, type ProtocolError } from '../../protocol/errors.ts'
import {
  baseOffsetOf,
  baseSequenceOf,
  compressionOf,
  isControlBatch,
  lastOffsetDeltaOf,
  magicOf,
  producerIdOf,
  recordCountOf,
  setBaseOffset,
  setMaxTimestamp,
  setPartitionLeaderEpoch,
} from '../../protocol/records/batch-header.ts'
import { checkBatch, nextBatchSize } from '../../protocol/records/batches.ts'
import { checkRecords, type RecordFailure } from '../../protocol/records/check-records.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'
import type { LeaderEpoch, Offset } from '../../protocol/types.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { Refused } from './append-outcome.ts'
import { recompress } from './recompress.ts'
import { recordContent } from './record-content.ts'

export interface LeaderAppend {
  readonly config: LogConfig
  /** The offset that the first record gets. */
  readonly nextOffset: Offset
  readonly leaderEpoch: LeaderEpoch
  /** A client is not trusted with anything; the coordinators may write control batches. */
  readonly isClient: boolean
  readonly nowMs: number
}

/** A batch that is ready to be appended. */
export interface StampedBatch {
  readonly ok: true
  readonly batch: Buffer
  /** Of the records, or the append's time where that is stamped. */
  readonly maxTimestamp: Int64
  /** -1: the records keep the time their producer gave them. */
  readonly logAppendTimeMs: number
}

/** Checks the one batch that the bytes hold and stamps it. Incomplete bytes behind it are not appended. */
export function stampBatch(bytes: Buffer, append: LeaderAppend): StampedBatch | Refused {
  try {
    const size = soleBatchSize(bytes)
    if (typeof size !== 'number') return size
    const batch = size === bytes.length ? bytes : bytes.subarray(0, size)
    return checkHeader(batch, append) ?? checkContent(batch, append)
  } catch (error) {
    if (error instanceof DecodeError) return refuse(errors.CORRUPT_MESSAGE, error.message)
    throw error
  }
}

function soleBatchSize(bytes: Buffer): number | Refused {
  const size = nextBatchSize(bytes, 0)
  if (size === 0 || size > bytes.length) return refuse(errors.INVALID_RECORD, 'the records hold no complete batch')
  const next = nextBatchSize(bytes, size)
  if (next > 0 && size + next <= bytes.length)
    return refuse(errors.INVALID_RECORD, 'the records hold more than one batch')
  if (magicOf(bytes) === 2) return size
  return refuse(errors.INVALID_RECORD, `a batch of magic ${magicOf(bytes)}; only magic 2 is taken`)
}

function checkHeader(batch: Buffer, { config, isClient }: LeaderAppend): Refused | undefined {
  if (isClient && baseOffsetOf(batch) !== 0) {
    return refuse(errors.INVALID_RECORD, `the batch's base offset is ${baseOffsetOf(batch)}, it should be 0`)
  }
  if (batch.length > config.maxMessageBytes) return tooLarge(batch.length, config)
  checkBatch(batch)
  return isClient ? checkClientHeader(batch) : undefined
}

function checkClientHeader(batch: Buffer): Refused | undefined {
  const [count, lastDelta] = [recordCountOf(batch), lastOffsetDeltaOf(batch)]
  if (lastDelta < 0 || count <= 0 || count !== lastDelta + 1) {
    return refuse(errors.INVALID_RECORD, `the batch says it holds ${count} records up to offset delta ${lastDelta}`)
  }
  if (isControlBatch(batch)) return refuse(errors.INVALID_RECORD, 'clients may not write control batches')
  if (producerIdOf(batch) >= 0 && baseSequenceOf(batch) < 0) {
    return refuse(errors.INVALID_RECORD, `sequence ${baseSequenceOf(batch)} of producer ${producerIdOf(batch)}`)
  }
  return undefined
}

function checkContent(batch: Buffer, append: LeaderAppend): StampedBatch | Refused {
  const { config, nowMs } = append
  let content: Buffer
  let check: ReturnType<typeof checkRecords>
  try {
    content = recordContent(batch)
    check = checkRecords(batch, 0, content, {
      keysRequired: config.cleanupPolicy.compact && !isControlBatch(batch),
      timestampType: config.messageTimestampType,
      timestampMin: nowMs - config.messageTimestampBeforeMaxMs,
      timestampMax: nowMs + config.messageTimestampAfterMaxMs,
    })
  } catch (error) {
    if (error instanceof DecodeError) return refuse(errors.INVALID_RECORD, error.message)
    throw error
  }
  if (check.failures.length > 0) return refuseRecords(check.failures)
  if (!check.offsetsAreSequential) return refuse(errors.INVALID_RECORD, 'the offset deltas are not 0, 1, 2 and so on')
  const compression = targetCompression(batch, config)
  if (compression === compressionOf(batch)) return stamp(batch, check.maxTimestamp, append)
  const rebuilt = recompress(batch, content, compression, config.compressionLevels)
  if (rebuilt.length > config.maxMessageBytes) return tooLarge(rebuilt.length, config)
  return stamp(rebuilt, check.maxTimestamp, append)
}

/** Whether the append will build the batch anew. One that it refuses for its header alone does not count. */
export function needsRecompression(batch: Buffer, config: LogConfig): boolean {
  if (config.compressionType === 'producer' || batch.length > config.maxMessageBytes) return false
  try {
    return targetCompression(batch, config) !== compressionOf(batch)
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}

/** Stamps a batch for the place that it has got, and the time it is now; it was stamped before for no place in particular. */
export function stampAgain({ batch, maxTimestamp }: StampedBatch, append: LeaderAppend): StampedBatch {
  return stamp(batch, maxTimestamp, append)
}

// Control records are small and read by everybody: they stay as they are written.
function targetCompression(batch: Buffer, config: LogConfig): CompressionType {
  const source = compressionOf(batch)
  if (config.compressionType === 'producer' || (isControlBatch(batch) && source === 'none')) return source
  return config.compressionType === 'uncompressed' ? 'none' : config.compressionType
}

function stamp(batch: Buffer, largest: Int64, append: LeaderAppend): StampedBatch {
  const isStamped = append.config.messageTimestampType === 'LogAppendTime'
  const maxTimestamp = isStamped ? append.nowMs : largest
  setMaxTimestamp(batch, 0, append.config.messageTimestampType, maxTimestamp)
  setBaseOffset(batch, 0, append.nextOffset)
  setPartitionLeaderEpoch(batch, 0, append.leaderEpoch)
  return { ok: true, batch, maxTimestamp, logAppendTimeMs: isStamped ? append.nowMs : -1 }
}

/** Batches that have their offsets already, from another leader or the metadata quorum. */
export interface FollowerAppend {
  readonly nextOffset: Offset
  readonly leaderEpoch: LeaderEpoch
  /** From the metadata quorum: each batch is of the leader's own epoch. */
  readonly isRaft: boolean
}

/** The bytes of the sound batches, or why they are refused; fewer bytes when the last batch is cut. */
export function checkStampedBatches(bytes: Buffer, append: FollowerAppend): Buffer | Refused {
  let position = 0
  let expected = append.nextOffset
  try {
    for (
      let size = 0;
      (size = nextBatchSize(bytes, position)) > 0 && position + size <= bytes.length;
      position += size
    ) {
      checkBatch(bytes, position)
      const problem = checkPlace(bytes, position, expected, append)
      if (problem) return problem
      expected =
        baseOffsetOf(bytes, position) + (magicOf(bytes, position) < 2 ? 0 : lastOffsetDeltaOf(bytes, position)) + 1
    }
  } catch (error) {
    if (error instanceof DecodeError) return refuse(errors.CORRUPT_MESSAGE, error.message)
    throw error
  }
  return position === bytes.length ? bytes : bytes.subarray(0, position)
}

function checkPlace(bytes: Buffer, position: number, expected: Offset, append: FollowerAppend): Refused | undefined {
  const epoch = bytes.readInt32BE(position + 12)
  if (append.isRaft && epoch !== append.leaderEpoch) {
    return refuse(errors.INVALID_RECORD, `a batch of leader epoch ${epoch} in an append of epoch ${append.leaderEpoch}`)
  }
  const baseOffset = baseOffsetOf(bytes, position)
  if (baseOffset >= expected) return undefined
  return refuse(errors.OFFSET_OUT_OF_RANGE, `a batch at offset ${baseOffset}, the next one is ${expected}`)
}

/** An append that is refused as a whole. */
export function refuse(error: ProtocolError, message: string): Refused {
  return { ok: false, error, message }
}

function tooLarge(size: number, config: LogConfig): Refused {
  const message = `the batch has ${size} bytes, the topic takes ${config.maxMessageBytes} (max.message.bytes)`
  return refuse(errors.MESSAGE_TOO_LARGE, message)
}

function refuseRecords(failures: readonly RecordFailure[]): Refused {
  const isTime = failures.some(failure => failure.error === 'INVALID_TIMESTAMP')
  return {
    ok: false,
    error: isTime ? errors.INVALID_TIMESTAMP : errors.INVALID_RECORD,
    message: `${failures.length} records were refused, the first one because ${failures[0]!.message}`,
    recordErrors: failures.map(({ recordIndex, message }) => ({ batchIndex: recordIndex, message })),
  }
}

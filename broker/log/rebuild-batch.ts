// A batch written anew with another codec, or with offset deltas that follow each other. Everything else stays.
//
// Synchronous for now: it holds up the loop for as long as compressing takes. It is one function of bytes to bytes, so that
// it can move to another thread.
// Source: Kafka 4.3.0's LogValidator.buildRecordsAndAssignOffsets. There the base timestamp becomes that of the first
// record, here it stays: records come out the same.

import {
  readBatchHeader,
  recordBatchOverhead,
  recordCountOf,
  writeBatchHeader,
} from '../../protocol/records/batch-header.ts'
import { compress } from '../../protocol/records/compression.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'
import { subtractInt64 } from '../../protocol/records/int64-at.ts'
import { readRecord, recordBodySize, writeRecord } from '../../protocol/records/record.ts'
import { RecordReader } from '../../protocol/records/record-reader.ts'
import { varintSize } from '../../protocol/records/varint.ts'
import type { LogConfig } from '../config/log-config.ts'

/** `content`: the batch's uncompressed records, which have been checked. */
export function rebuildBatch(
  batch: Buffer,
  content: Buffer,
  isSequential: boolean,
  compression: CompressionType,
  levels: LogConfig['compressionLevels'],
): Buffer {
  const records = isSequential ? content : renumbered(batch, content)
  const payload = compression === 'none' ? records : compress(compression, records, levelOf(compression, levels))
  const rebuilt = Buffer.allocUnsafe(recordBatchOverhead + payload.length)
  payload.copy(rebuilt, recordBatchOverhead)
  writeBatchHeader(rebuilt, { ...readBatchHeader(batch), compression })
  return rebuilt
}

function levelOf(compression: CompressionType, levels: LogConfig['compressionLevels']): number | undefined {
  return compression === 'gzip' || compression === 'lz4' || compression === 'zstd' ? levels[compression] : undefined
}

function renumbered(batch: Buffer, content: Buffer): Buffer {
  const { baseTimestamp } = readBatchHeader(batch)
  const reader = new RecordReader(content)
  const base = { baseOffset: 0, baseTimestamp, baseSequence: -1, logAppendTime: undefined }
  const written: Buffer[] = []
  for (let delta = 0; delta < recordCountOf(batch); delta += 1) {
    const record = readRecord(reader, base)
    const timestampDelta = subtractInt64(record.timestamp, baseTimestamp)
    const bodySize = recordBodySize(delta, timestampDelta, record)
    const bytes = Buffer.allocUnsafe(varintSize(bodySize) + bodySize)
    writeRecord(bytes, 0, bodySize, delta, timestampDelta, record)
    written.push(bytes)
  }
  return Buffer.concat(written)
}

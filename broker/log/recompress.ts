// A batch with another codec; everything else stays as it is.
//
// One function of bytes to bytes. What a client sent comes here on a worker thread (recompressor.ts), unless it is small; what
// a coordinator writes, on the event loop, since its batches are decided as they are made.
// Source: Kafka 4.3.0's LogValidator.buildRecordsAndAssignOffsets. There the base timestamp becomes that of the first
// record, here it stays: records come out the same.

import { readBatchHeader, recordBatchOverhead, writeBatchHeader } from '../../protocol/records/batch-header.ts'
import { compress } from '../../protocol/records/compression.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'
import type { LogConfig } from '../config/log-config.ts'

type Levels = LogConfig['compressionLevels']

/** `content`: the batch's uncompressed records, which have been checked. */
export function recompress(batch: Buffer, content: Buffer, compression: CompressionType, levels: Levels): Buffer {
  const payload = compression === 'none' ? content : compress(compression, content, levelOf(compression, levels))
  const rebuilt = Buffer.allocUnsafe(recordBatchOverhead + payload.length)
  payload.copy(rebuilt, recordBatchOverhead)
  writeBatchHeader(rebuilt, { ...readBatchHeader(batch), compression })
  return rebuilt
}

function levelOf(compression: CompressionType, levels: Levels): number | undefined {
  return compression === 'gzip' || compression === 'lz4' || compression === 'zstd' ? levels[compression] : undefined
}

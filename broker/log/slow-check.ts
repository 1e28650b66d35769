// Which batches are not checked on the event loop, since decompressing them would hold up everybody for too long.
//
// 1 MB of gzip takes up to 8 ms of one core, and so does what makes 16 MiB at most; 1 MB of any codec but snappy can make hundreds
// of megabytes, which take 80 to 120 ms.
// Not seen: gzip of several members, or with a false size, which no Kafka client writes; the limit of all batches bounds it.

import { compressionOf, magicOf, recordBatchOverhead } from '../../protocol/records/batch-header.ts'
import { nextBatchSize } from '../../protocol/records/batches.ts'
import { contentBytesBound } from '../../protocol/records/content-bound.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'
import type { LogConfig } from '../config/log-config.ts'

/** A batch that may decompress to more is checked on a worker thread. In bytes. */
export const contentBytesAtOnceMax = 16 * 1024 * 1024

/** Of bytes that nothing is known of yet. What will be refused for its header alone is not slow. */
export function isSlowToCheck(batch: Buffer, config: LogConfig): boolean {
  if (batch.length <= recordBatchOverhead || batch.length > config.maxMessageBytes || magicOf(batch) !== 2) return false
  try {
    const compression = compressionOf(batch)
    if (compression === 'none') return false
    const size = nextBatchSize(batch, 0)
    if (size <= recordBatchOverhead || size > batch.length) return false
    return contentBytesBound(compression, batch.subarray(recordBatchOverhead, size)) > contentBytesAtOnceMax
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}

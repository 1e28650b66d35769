// Finding the batch that holds an offset without waiting: as far as its header, and those before it, are in the page cache.
// Not found here is not an error: the batch scanner, which waits for the disk, knows for sure.

import type { DiskFile } from '../../io/disk.ts'
import {
  baseOffsetOf,
  batchSizeOf,
  lastOffsetOf,
  magicOf,
  recordBatchOverhead,
} from '../../protocol/records/batch-header.ts'
import type { Offset, Position } from '../../protocol/types.ts'
import { headerChunkBytes } from './batch-scanner.ts'
import type { BatchPlace } from './segment.ts'

/** From one index entry to the next there are seldom more; beyond it the event loop has others to serve. */
const batchesMax = 256
/** Used within one call only. */
const headers = Buffer.alloc(headerChunkBytes)

/** The first batch from `start` on, where one begins, whose last offset is not below the one asked for; `end`: of what is written. */
export function cachedBatch(file: DiskFile, start: Position, end: Position, offset: Offset): BatchPlace | undefined {
  let at = start
  let chunkAt = start
  let chunkBytes = 0
  for (let looked = 0; looked < batchesMax && end - at >= recordBatchOverhead; looked += 1) {
    if (at + recordBatchOverhead > chunkAt + chunkBytes) {
      chunkAt = at
      chunkBytes = file.readCached(headers.subarray(0, Math.min(headers.length, end - at)), at)
      if (chunkBytes < recordBatchOverhead) return undefined
    }
    const size = batchSizeOf(headers, at - chunkAt)
    // Old formats, and what is damaged, are for the scanner.
    const isOrdinary = magicOf(headers, at - chunkAt) === 2 && size >= recordBatchOverhead && size <= end - at
    if (!isOrdinary) return undefined
    if (lastOffsetOf(headers, at - chunkAt) >= offset) {
      return { baseOffset: baseOffsetOf(headers, at - chunkAt), position: at, size }
    }
    at += size
  }
  return undefined
}

// What of a log can be cleaned now, and how much it needs to be.
//
// Never cleaned: the active segment, what lies at or above the last stable offset (and so the high watermark), and what is
// younger than min.compaction.lag.ms.
// Source: Kafka 4.3.0's LogCleanerManager.cleanableOffsets, maxCompactionDelay and calculateCleanableBytes, LogToClean.

import { subtractInt64 } from '../../../protocol/records/int64-at.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { LogCompaction } from '../log-compaction.ts'
import type { LogSegment } from '../segment.ts'

export interface CleanableLog {
  readonly log: LogCompaction
  /** Everything below is clean. */
  readonly firstDirtyOffset: Offset
  /** The base offset of a segment: nothing from there on is cleaned. */
  readonly firstUncleanableOffset: Offset
  /** The checkpoint says something that cannot be. */
  readonly isCheckpointWrong: boolean
  readonly cleanBytes: number
  readonly cleanableBytes: number
  /** For how long compaction has been overdue by max.compaction.lag.ms. */
  readonly overdueMs: number
}

/** `cleanedUpTo` is the log's checkpoint. Rejects with a DiskError. */
export async function cleanableLog(
  log: LogCompaction,
  cleanedUpTo: Offset | undefined,
  nowMs: number,
): Promise<CleanableLog> {
  const { firstDirtyOffset, isCheckpointWrong } = firstDirty(log, cleanedUpTo)
  const bound = await firstUncleanable(log, firstDirtyOffset, nowMs)
  const firstUncleanableOffset = segmentsFrom(log, bound)[0]?.baseOffset ?? log.segments.active.baseOffset
  const dirty = log.segments.between(Math.min(firstDirtyOffset, firstUncleanableOffset), firstUncleanableOffset)
  const clean = log.segments.all.filter(segment => segment.baseOffset < firstDirtyOffset)
  return {
    log,
    firstDirtyOffset,
    firstUncleanableOffset,
    isCheckpointWrong,
    cleanBytes: bytesOf(clean),
    cleanableBytes: bytesOf(dirty),
    overdueMs: await overdueMs(log, firstDirtyOffset, nowMs),
  }
}

/** The part of the log that is dirty and may be cleaned; NaN of an empty log. */
export function dirtyRatio({ cleanBytes, cleanableBytes }: CleanableLog): number {
  return cleanableBytes / (cleanBytes + cleanableBytes)
}

/** Whether the log is to be cleaned now. */
export function isDue(cleanable: CleanableLog): boolean {
  if (cleanable.cleanBytes + cleanable.cleanableBytes === 0) return false
  const isOverdue = cleanable.overdueMs > 0 && cleanable.cleanableBytes > 0
  return isOverdue || dirtyRatio(cleanable) > cleanable.log.config.minCleanableDirtyRatio
}

// A log that was cut below its checkpoint, or whose records were deleted beyond it.
function firstDirty(log: LogCompaction, cleanedUpTo: Offset | undefined) {
  const offset = cleanedUpTo ?? log.logStartOffset
  const isCheckpointWrong = offset < log.logStartOffset || offset > log.logEndOffset
  return { firstDirtyOffset: isCheckpointWrong ? log.logStartOffset : offset, isCheckpointWrong }
}

/** Where cleaning ends at the latest; not below where it begins. */
export async function firstUncleanable(log: LogCompaction, firstDirtyOffset: Offset, nowMs: number): Promise<Offset> {
  const bound = Math.min(log.lastStableOffset, log.segments.active.baseOffset)
  return Math.max(firstDirtyOffset, Math.min(bound, await firstYoung(log, firstDirtyOffset, nowMs)))
}

async function firstYoung(log: LogCompaction, firstDirtyOffset: Offset, nowMs: number): Promise<Offset> {
  const { minCompactionLagMs } = log.config
  if (minCompactionLagMs <= 0) return Number.POSITIVE_INFINITY
  for (const segment of segmentsFrom(log, firstDirtyOffset)) {
    if ((await segment.largestTimestamp()) > nowMs - minCompactionLagMs) return segment.baseOffset
  }
  return Number.POSITIVE_INFINITY
}

async function overdueMs(log: LogCompaction, firstDirtyOffset: Offset, nowMs: number): Promise<number> {
  const { maxCompactionLagMs } = log.config
  if (maxCompactionLagMs === Number.POSITIVE_INFINITY) return 0
  let earliest: Int64 | undefined
  for (const segment of segmentsFrom(log, firstDirtyOffset)) {
    await segment.readFirstBatchTimestamp()
    const timestamp = segment.firstBatchTimestamp ?? -1
    if (timestamp > 0 && (earliest === undefined || timestamp < earliest)) earliest = timestamp
  }
  if (earliest === undefined) return 0
  return Math.max(0, Number(subtractInt64(nowMs - maxCompactionLagMs, earliest)))
}

/** The segments from the one that holds the offset on, without the active one. */
function segmentsFrom({ segments }: LogCompaction, offset: Offset): LogSegment[] {
  return segments.between(offset, segments.active.baseOffset)
}

function bytesOf(segments: readonly LogSegment[]): number {
  return segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
}

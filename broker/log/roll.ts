// When a segment has had enough. Source: Kafka 4.3.0's LogSegment.shouldRoll and LogConfig.

import { subtractInt64 } from '../../protocol/records/int64-at.ts'
import type { Offset } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { LogSegment } from './segment.ts'

/** What is about to be appended. */
export interface IncomingBatches {
  readonly bytes: number
  readonly lastOffset: Offset
  readonly maxTimestamp: Int64
}

/** Whether what comes belongs into a new segment: size, age, a full index, or an offset too far from the segment's base. */
export function shouldRoll(segment: LogSegment, incoming: IncomingBatches, config: LogConfig, nowMs: number): boolean {
  const { sizeBytes, offsetIndex, timeIndex } = segment
  if (sizeBytes > config.segmentBytes - incoming.bytes) return true
  const isOld = waitedMs(segment, incoming.maxTimestamp, nowMs) > segmentMsMax(config) - segment.rollJitterMs
  if (sizeBytes > 0 && isOld) return true
  const { segmentIndexBytes } = config
  if (offsetIndex.isFull(segmentIndexBytes) || timeIndex.isFull(segmentIndexBytes)) return true
  return !offsetIndex.canHold(incoming.lastOffset)
}

/** A compacted topic rolls early enough that its records can be compacted in time. */
export function segmentMsMax(config: LogConfig): number {
  const { cleanupPolicy, maxCompactionLagMs, segmentMs } = config
  return cleanupPolicy.compact && maxCompactionLagMs > 0 ? Math.min(maxCompactionLagMs, segmentMs) : segmentMs
}

/** Segments that were made at the same time shall not all be rolled at the same time. */
export function rollJitterMs(config: LogConfig, chance: number): number {
  if (config.segmentJitterMs === 0) return 0
  return Math.floor(chance * Math.min(config.segmentJitterMs, config.segmentMs))
}

// Time as the records tell it, where the first batch has a timestamp; otherwise the broker's.
function waitedMs(segment: LogSegment, maxTimestamp: Int64, nowMs: number): number {
  const first = segment.firstBatchTimestamp
  if (first !== undefined && first >= 0) return Number(subtractInt64(maxTimestamp, first))
  return nowMs - segment.createdMs
}

// Which segments a log may lose: always the oldest ones, never one that reaches beyond the high watermark.
// Source: Kafka 4.3.0's UnifiedLog.deletableSegments and its three conditions.

import { subtractInt64 } from '../../protocol/records/int64-at.ts'
import type { Offset } from '../../protocol/types.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { LogSegments } from './log-segments.ts'
import type { LogSegment } from './segment.ts'

export interface RetentionInput {
  readonly segments: LogSegments
  readonly config: LogConfig
  readonly logStartOffset: Offset
  readonly logEndOffset: Offset
  readonly highWatermark: Offset
  readonly nowMs: number
}

/** Asked of each segment from the oldest on; the first "no" ends it. */
type Condition = (segment: LogSegment, next: LogSegment | undefined) => boolean | Promise<boolean>

export type RetentionReason = 'log start' | 'retention.bytes' | 'retention.ms'

/** The reasons that apply to a log, in the order in which they are tried. */
export function retentionReasons(config: LogConfig): readonly RetentionReason[] {
  return config.cleanupPolicy.delete ? ['log start', 'retention.bytes', 'retention.ms'] : ['log start']
}

/** The segments that go for a reason, oldest first. The active one is among them when all of its records are to go. */
export async function deletableSegments(input: RetentionInput, reason: RetentionReason): Promise<LogSegment[]> {
  const condition = conditions[reason](input)
  if (!condition) return []
  const deletable: LogSegment[] = []
  const all = [...input.segments.all]
  for (const [index, segment] of all.entries()) {
    const next = all[index + 1]
    if (!next && segment.sizeBytes === 0) break
    if (input.highWatermark < (next?.baseOffset ?? input.logEndOffset)) break
    if (!(await condition(segment, next))) break
    deletable.push(segment)
  }
  return deletable
}

const conditions: Record<RetentionReason, (input: RetentionInput) => Condition | undefined> = {
  'log start':
    ({ logStartOffset }) =>
    (_, next) =>
      next !== undefined && next.baseOffset <= logStartOffset,
  'retention.bytes': ({ config, segments }) => {
    let surplusBytes = segments.sizeBytes - config.retentionBytes
    if (config.retentionBytes < 0 || surplusBytes < 0) return undefined
    return segment => {
      if (surplusBytes < segment.sizeBytes) return false
      surplusBytes -= segment.sizeBytes
      return true
    }
  },
  'retention.ms': ({ config, nowMs }) => {
    if (config.retentionMs < 0) return undefined
    return async segment => subtractInt64(nowMs, await segment.largestTimestamp()) > config.retentionMs
  },
}

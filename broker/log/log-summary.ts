// What opening a log finds out by looking into its files, written down when the log is closed in good order, so that ten
// thousand logs open without a look into any of them.
//
// It is a shortcut and never the truth: it counts only together with the .kafka_cleanshutdown file that names its checksum,
// which any other broker replaces, and only while the partition's directory and its last segment are as they were. Otherwise
// the log is opened from its files.

import type { Offset, Position } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { EpochEntry } from './leader-epoch-cache.ts'
import type { LoadedLog } from './log-loader.ts'
import { LogSegments } from './log-segments.ts'
import type { LogState } from './log-state.ts'
import type { ProducerSnapshots } from './producer-snapshots.ts'
import { ProducerState } from './producer-state.ts'
import { LogSegment, type SegmentOptions } from './segment.ts'
import { logSuffix, offsetFileName } from './segment-files.ts'
import type { SegmentHome } from './segment-home.ts'
import { TransactionIndexError } from './transaction-index.ts'

/** In the log directory, beside the checkpoints. Kafka passes over it. */
export const summaryName = '.millrace_logs'

interface SegmentSummary {
  readonly baseOffset: Offset
  readonly sizeBytes: number
  readonly modifiedMs: number
  readonly hasAborted: boolean
}

/** The last entries of the active segment's indexes. */
export interface IndexEnds {
  readonly offsetCount: number
  readonly lastOffset: Offset
  readonly lastPosition: Position
  readonly timeCount: number
  readonly lastTimestamp: Int64
  readonly lastTimestampOffset: Offset
}

export interface LogSummary {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid | null
  readonly directoryModifiedMs: number
  readonly logStartOffset: Offset
  readonly nextOffset: Offset
  readonly epochs: readonly EpochEntry[]
  readonly segments: readonly SegmentSummary[]
  readonly indexEnds: IndexEnds
  readonly firstBatchTimestamp: Int64 | null
  readonly snapshotOffsets: readonly Offset[]
  readonly hasProducers: boolean
}

/** Of a log whose files are complete and synced. */
export function summarize(
  state: LogState,
  log: { readonly topic: string; readonly partition: number; readonly topicId: Uuid | undefined },
  directoryModifiedMs: number,
): LogSummary | undefined {
  const { active, all } = state.segments
  const { offsets, times } = active.indexes
  if (!offsets || !times || all.some(segment => segment.indexes.transactions === undefined)) return undefined
  return {
    topic: log.topic,
    partition: log.partition,
    topicId: log.topicId ?? null,
    directoryModifiedMs,
    logStartOffset: state.logStartOffset,
    nextOffset: state.nextOffset,
    epochs: state.epochs.entries,
    segments: all.map(({ baseOffset, writtenBytes, modifiedMs, indexes }) => ({
      baseOffset,
      sizeBytes: writtenBytes,
      modifiedMs,
      hasAborted: indexes.transactions!.entries.length > 0,
    })),
    indexEnds: {
      offsetCount: offsets.entries.count,
      lastOffset: offsets.last.offset,
      lastPosition: offsets.last.position,
      timeCount: times.entries.count,
      lastTimestamp: times.last.timestamp,
      lastTimestampOffset: times.last.offset,
    },
    firstBatchTimestamp: active.firstBatchTimestamp ?? null,
    snapshotOffsets: state.snapshots.offsets,
    hasProducers: state.producers.size > 0,
  }
}

export interface RestoreOptions {
  readonly home: SegmentHome
  readonly summary: LogSummary
  readonly snapshots: ProducerSnapshots
  readonly segmentOptions: Pick<SegmentOptions, 'createdMs' | 'indexIntervalBytes'>
  readonly rollJitterMs: () => number
  readonly nowMs: number
  readonly producerExpirationMs: number
}

/** The log as it was closed; undefined when it has been touched since. */
export async function restoreLog(options: RestoreOptions): Promise<LoadedLog | undefined> {
  const { home, summary, snapshots, nowMs, producerExpirationMs } = options
  const { logStartOffset, nextOffset, hasProducers } = summary
  const last = summary.segments.at(-1)
  if (!last || !(await isUntouched(home, summary, last))) return undefined
  const segments = new LogSegments()
  for (const each of summary.segments) segments.add(restoreSegment(options, each, each === last))
  if (!(await hasTransactions(segments.active))) return undefined
  const producers = new ProducerState()
  if (hasProducers) {
    await snapshots.loadLatest(producers, logStartOffset, nowMs, producerExpirationMs)
    if (producers.endOffset !== nextOffset) return undefined
  }
  producers.endOffset = nextOffset
  snapshots.lastOffset = snapshots.latest ?? logStartOffset
  return {
    segments,
    producers,
    snapshots,
    logStartOffset,
    recoveryPoint: nextOffset,
    nextOffset,
    truncatedBytes: 0,
    namesChanged: false,
    deletedPaths: [],
  }
}

async function isUntouched(home: SegmentHome, summary: LogSummary, last: SegmentSummary): Promise<boolean> {
  const [directory, file] = await Promise.all([
    home.disk.stat(home.directory),
    home.disk.stat(`${home.directory}/${offsetFileName(last.baseOffset, logSuffix)}`),
  ])
  return directory?.modifiedMs === summary.directoryModifiedMs && file?.sizeBytes === last.sizeBytes
}

/** The next abort marker goes behind those of the active segment, at once. False: their file makes no sense. */
async function hasTransactions({ indexes }: LogSegment): Promise<boolean> {
  try {
    await indexes.loadTransactions()
    return true
  } catch (error) {
    if (error instanceof TransactionIndexError) return false
    throw error
  }
}

function restoreSegment(
  { home, summary, segmentOptions, rollJitterMs }: RestoreOptions,
  each: SegmentSummary,
  isActive: boolean,
): LogSegment {
  const { baseOffset, sizeBytes, modifiedMs, hasAborted } = each
  const segment = new LogSegment({
    ...segmentOptions,
    home,
    baseOffset,
    rollJitterMs: rollJitterMs(),
    sizeBytes,
    modifiedMs,
  })
  if (!hasAborted) segment.indexes.withoutTransactions()
  if (!isActive) return segment
  segment.indexes.isActive = true
  segment.indexes.restoreEnds(summary.indexEnds)
  if (summary.firstBatchTimestamp !== null) segment.firstBatchTimestamp = summary.firstBatchTimestamp
  return segment
}

/** The file's content. Timestamps beyond 2^53 stand as text. */
export function encodeSummaries(summaries: readonly LogSummary[]): Buffer {
  return Buffer.from(JSON.stringify(summaries, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)))
}

/** The summaries by "topic-partition"; undefined when the content makes no sense. */
export function decodeSummaries(content: Buffer): ReadonlyMap<string, LogSummary> | undefined {
  try {
    const exact = (_: string, value: unknown) =>
      typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value
    const summaries = JSON.parse(content.toString('utf8'), exact) as LogSummary[]
    return new Map(summaries.map(summary => [`${summary.topic}-${summary.partition}`, summary]))
  } catch {
    return undefined
  }
}

// Reading a log: which segment, which bytes. Answers ranges of files; batches themselves are not looked at.
//
// The recent batches answer at once, and so does the page cache: the index says where to look for the batch's header. Only
// what has to come from the disk is waited for.
// Source: Kafka 4.3.0's LocalLog.read, LogSegment.read and UnifiedLog.fetchOffsetByTimestamp.

import { DiskError, type DiskFile } from '../../io/disk.ts'
import { errors } from '../../protocol/errors.ts'
import { partitionLeaderEpochOf } from '../../protocol/records/batch-header.ts'
import { wholeBatchSize } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'
import type { Offset, Position } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { BatchScanner } from './batch-scanner.ts'
import {
  type AbortedTransaction,
  type LogRead,
  OffsetOutOfRangeError,
  type ReadOptions,
  type TimestampOffset,
} from './log-read.ts'
import type { LogSegments } from './log-segments.ts'
import type { RecentBatches } from './recent-batches.ts'
import type { BatchPlace, LogSegment } from './segment.ts'
import type { AbortedTransactionEntry } from './transaction-index.ts'

/** What the reader looks at; numbers change under it. */
export interface ReadableLog {
  readonly name: string
  readonly segments: LogSegments
  readonly recent: RecentBatches
  readonly logStartOffset: Offset
  readonly logEndOffset: Offset
}

interface Located extends BatchPlace {
  readonly segment: LogSegment
}

const nothingHeld = () => {}
const noTransactions: readonly AbortedTransaction[] = Object.freeze([])

export class LogReader {
  readonly #log: ReadableLog

  constructor(log: ReadableLog) {
    this.#log = log
  }

  read(offset: Offset, options: ReadOptions): LogRead | Promise<LogRead> {
    const { logStartOffset, logEndOffset } = this.#log
    if (offset < logStartOffset || offset > logEndOffset) return { ok: false, error: errors.OFFSET_OUT_OF_RANGE }
    if (offset >= options.upTo) return nothing(offset)
    const from = this.#log.recent.find(offset) ?? this.#locateCached(offset)
    const end = from && this.#knownEnd(from.segment, options.upTo)
    const needsIndex = options.withAbortedTransactions && from && this.#mayHaveAborted(from.segment)
    if (from && end !== undefined && !needsIndex) {
      const file = from.segment.file.openNow
      if (file) return range(file, from, end, options, noTransactions)
    }
    return this.#readSlowly(offset, options)
  }

  // Compaction may put another segment in the place of the one that is being looked into.
  async #undisturbed<Result>(look: () => Promise<Result>): Promise<Result> {
    const { segments } = this.#log
    for (;;) {
      const { replacements } = segments
      try {
        return await look()
      } catch (error) {
        if (segments.replacements === replacements) throw error
      }
    }
  }

  #readSlowly(offset: Offset, options: ReadOptions): Promise<LogRead> {
    return this.#undisturbed(() => this.#readOnce(offset, options))
  }

  async #readOnce(offset: Offset, options: ReadOptions): Promise<LogRead> {
    try {
      const from = this.#log.recent.find(offset) ?? (await this.#locate(offset))
      if (!from) return nothing(offset)
      const end = this.#knownEnd(from.segment, options.upTo) ?? (await this.#findEnd(from.segment, options.upTo))
      const aborted = options.withAbortedTransactions
        ? await this.#abortedTransactions(offset, from, lengthOf(from, end, options))
        : noTransactions
      return await from.segment.file.opened(file => range(file, from, end, options, aborted))
    } catch (error) {
      // A segment that retention took away while we looked: whoever reads there is now out of range.
      if (offset < this.#log.logStartOffset) return { ok: false, error: errors.OFFSET_OUT_OF_RANGE }
      throw error
    }
  }

  /** Behind which byte of the segment nothing is shown, when that needs no look into the file. */
  #knownEnd(segment: LogSegment, upTo: Offset): Position | undefined {
    if (upTo >= this.#log.logEndOffset) return segment.writtenBytes
    const next = this.#log.segments.after(segment)
    if (next && next.baseOffset <= upTo) return segment.writtenBytes
    const place = this.#log.recent.find(upTo)
    return place?.segment === segment ? place.position : undefined
  }

  async #findEnd(segment: LogSegment, upTo: Offset): Promise<Position> {
    return (await segment.find(upTo))?.position ?? segment.writtenBytes
  }

  #locateCached(offset: Offset): Located | undefined {
    const segment = this.#log.segments.floor(offset)
    const place = segment?.findCached(offset)
    return place && { segment: segment!, ...place }
  }

  /** The batch that holds the offset or follows it; compaction may have taken whole ends of segments. */
  async #locate(offset: Offset): Promise<Located | undefined> {
    const { segments } = this.#log
    for (let segment = segments.floor(offset); segment; segment = segments.after(segment)) {
      const place = await segment.find(offset)
      if (place) return { segment, ...place }
    }
    return undefined
  }

  /** Whole batches, in memory: as many as fit, at least one. */
  async readBytes(offset: Offset, maxBytes: number, upTo: Offset): Promise<Buffer> {
    const { name, logStartOffset, logEndOffset } = this.#log
    if (offset < logStartOffset || offset > logEndOffset) {
      throw new OffsetOutOfRangeError(name, offset, logStartOffset, logEndOffset)
    }
    const read = await this.read(offset, { maxBytes, upTo, atLeastOneBatch: true })
    if (!read.ok || !read.part) return Buffer.alloc(0)
    try {
      const { file, position, length } = read.part
      const bytes = await file.read(position, length)
      if (bytes.length < length) throw new DiskError('TOO_SHORT', file.path)
      return bytes.subarray(0, wholeBatchesEnd(bytes))
    } finally {
      read.release()
    }
  }

  // As Kafka: everything up to the next index entry behind what was read counts as read.
  async #abortedTransactions(offset: Offset, from: Located, length: number): Promise<readonly AbortedTransaction[]> {
    const { segments, logEndOffset } = this.#log
    if (!this.#mayHaveAborted(from.segment)) return noTransactions
    const { segment } = from
    const behind = await segment.lookUp(() => segment.offsetIndex.offsetAtOrBehind(from.position + length))
    const next = segments.after(segment)
    return this.collectAborted(from.segment, offset, behind ?? next?.baseOffset ?? logEndOffset)
  }

  #mayHaveAborted(first: LogSegment): boolean {
    const { all } = this.#log.segments
    for (let index = all.length - 1; index >= 0 && all[index]!.baseOffset >= first.baseOffset; index -= 1) {
      if (all[index]!.indexes.transactions?.entries.length !== 0) return true
    }
    return false
  }

  async collectAborted(first: LogSegment, offset: Offset, upperBound: Offset): Promise<AbortedTransaction[]> {
    const found: AbortedTransactionEntry[] = []
    for (let segment: LogSegment | undefined = first; segment; segment = this.#log.segments.after(segment)) {
      const index = await segment.indexes.loadTransactions()
      if (index.collect(offset, upperBound, found)) break
    }
    // By first offset, as readers meet them; the index has them by their markers.
    found.sort((a, b) => a.firstOffset - b.firstOffset)
    return found.map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
  }

  /** The first record from the log start on whose timestamp is not below the target. */
  offsetForTimestamp(target: Int64, upTo: Offset): Promise<TimestampOffset | undefined> {
    return this.#undisturbed(() => this.#offsetForTimestamp(target, upTo))
  }

  async #offsetForTimestamp(target: Int64, upTo: Offset): Promise<TimestampOffset | undefined> {
    const { replacements } = this.#log.segments
    const { segments, logStartOffset } = this.#log
    for (const segment of [...segments.all]) {
      try {
        if ((await segment.largestTimestamp()) < target) continue
        const from = await segment.lookUp(() =>
          segment.offsetIndex.lookup(Math.max(segment.timeIndex.lookup(target).offset, logStartOffset)),
        )
        return belowOnly(await firstAtOrAfter(segment.scan(from), target, logStartOffset), upTo)
      } catch (error) {
        // One that retention took away while we looked: the record is in a later one.
        if (segments.all.includes(segment) || segments.replacements !== replacements) throw error
      }
    }
    return undefined
  }

  /** The record with the largest timestamp. */
  maxTimestamp(upTo: Offset): Promise<TimestampOffset | undefined> {
    return this.#undisturbed(() => this.#maxTimestamp(upTo))
  }

  async #maxTimestamp(upTo: Offset): Promise<TimestampOffset | undefined> {
    let best: { segment: LogSegment; timestamp: Int64; offset: Offset } | undefined
    for (const segment of [...this.#log.segments.all]) {
      const largest = await segment.readMaxTimestamp()
      if (!best || largest.timestamp > best.timestamp) best = { segment, ...largest }
    }
    if (!best || best.timestamp < 0) return undefined
    const { segment, timestamp } = best
    const place = await segment.find(best.offset)
    const scanner = segment.scan(place?.position ?? 0)
    if (!(await scanner.find(batch => batch.maxTimestamp === timestamp))) return undefined
    return belowOnly(await firstAtOrAfter(scanner, timestamp, 0, true), upTo)
  }
}

function belowOnly(found: TimestampOffset | undefined, upTo: Offset): TimestampOffset | undefined {
  return found && found.offset < upTo ? found : undefined
}

/** `isAtBatch`: the scanner's current batch is looked at, too. */
async function firstAtOrAfter(
  scanner: BatchScanner,
  target: Int64,
  startOffset: Offset,
  isAtBatch = false,
): Promise<TimestampOffset | undefined> {
  for (let more = isAtBatch || (await scanner.next()); more; more = await scanner.next()) {
    if (scanner.maxTimestamp < target) continue
    const batch = await scanner.batch()
    for (const { timestamp, offset } of records(batch)) {
      if (timestamp >= target && offset >= startOffset) {
        return { timestamp, offset, leaderEpoch: partitionLeaderEpochOf(batch) }
      }
    }
  }
  return undefined
}

// Less than the first batch is nothing: Kafka's consumer gives up on a fetch that holds bytes but no whole batch, and would
// do so as soon as a large batch stands first in any partition but the first of its fetch.
function lengthOf(from: Located, end: Position, { maxBytes, atLeastOneBatch }: ReadOptions): number {
  if (!atLeastOneBatch && from.size > maxBytes) return 0
  const wanted = atLeastOneBatch ? Math.max(maxBytes, from.size) : maxBytes
  return Math.max(0, Math.min(wanted, end - from.position))
}

function range(
  file: DiskFile,
  from: Located,
  end: Position,
  options: ReadOptions,
  abortedTransactions: readonly AbortedTransaction[],
): LogRead {
  const length = lengthOf(from, end, options)
  if (length === 0) return nothing(from.baseOffset)
  return {
    ok: true,
    part: { file, position: from.position, length },
    bytes: length,
    batchBaseOffset: from.baseOffset,
    abortedTransactions,
    release: file.retain(),
  }
}

function nothing(offset: Offset): LogRead {
  return {
    ok: true,
    part: undefined,
    bytes: 0,
    batchBaseOffset: offset,
    abortedTransactions: noTransactions,
    release: nothingHeld,
  }
}

function wholeBatchesEnd(bytes: Buffer): Position {
  let end = 0
  for (let size = 0; (size = wholeBatchSize(bytes, end)) > 0; end += size);
  return end
}

// The second pass over a log: which records stay, and the batches that are left of batches.
//
// A record stays when no later one has its key and it has a value, or its deletion is not old enough. Offsets, sequences and
// leader epochs stay as they are; a batch that keeps all of its records keeps all of its bytes. One that keeps none stays, empty,
// when it holds a producer's last sequence or the last offset of what is being cleaned.
// A tombstone, or a marker whose transaction is gone, may go `delete.retention.ms` after the first cleaning that met it: the
// batch then gets that time as its delete horizon (KIP-534).
// Source: Kafka 4.3.0's Cleaner.cleanInto and shouldRetainRecord, MemoryRecords.filterTo.

import { emptyBatch } from '../../../protocol/records/batch-builder.ts'
import {
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  batchSizeOf,
  hasDeleteHorizon,
  isControlBatch,
  isTransactional,
  lastOffsetOf,
  magicOf,
  maxTimestampOf,
  partitionLeaderEpochOf,
  producerEpochOf,
  producerIdOf,
  recordCountOf,
  timestampTypeOf,
} from '../../../protocol/records/batch-header.ts'
import { checkBatch } from '../../../protocol/records/batches.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { CleanedTransactions } from './cleaned-transactions.ts'
import { filterLegacy } from './filter-legacy.ts'
import type { LastRecords } from './last-records.ts'
import { markerTypeOf } from './marker-type.ts'
import type { OffsetMap } from './offset-map.ts'
import type { OffsetMarks } from './offset-marks.ts'
import { RecordCursor } from './record-cursor.ts'
import type { RetainedBytes } from './retained-bytes.ts'
import { RetainedRecords } from './retained-records.ts'

export interface FilterRules {
  readonly map: OffsetMap
  readonly marks: OffsetMarks
  readonly transactions: CleanedTransactions
  readonly producers: LastRecords
  readonly nowMs: number
  readonly deleteRetentionMs: number
  /** From here to the map's latest offset the first pass has seen every batch. */
  readonly firstDirtyOffset: Offset
  /** Behind everything that this cleaning looks at: the batch that ends there stays. */
  readonly upperBoundOffset: Offset
  /** Whether tombstones of magic 0 and 1, which have no horizon of their own, stay. */
  readonly retainsLegacyTombstones: boolean
}

export interface FilterCounts {
  recordsRead: number
  recordsRetained: number
  /** Without a key: they could never be replaced, and go. */
  recordsWithoutKey: number
}

/** Puts what is left of some whole batches into the output. */
export function filterChunk(chunk: Buffer, rules: FilterRules, counts: FilterCounts, output: RetainedBytes): void {
  for (let at = 0, size = 0; at < chunk.length; at += size) {
    size = batchSizeOf(chunk, at)
    if (magicOf(chunk, at) < 2) {
      const left = filterLegacy(chunk.subarray(at, at + size), rules, counts)
      if (left) output.add(left)
    } else if (filterBatch(chunk, at, rules, counts, output)) {
      output.add(chunk.subarray(at, at + size))
    }
  }
}

/** True: the batch stays as it is. What else is left of it is in the output. */
function filterBatch(
  chunk: Buffer,
  at: number,
  rules: FilterRules,
  counts: FilterCounts,
  output: RetainedBytes,
): boolean {
  // Those of the dirty part were checked by the first pass.
  const wasChecked =
    baseOffsetOf(chunk, at) >= rules.firstDirtyOffset && lastOffsetOf(chunk, at) <= rules.map.latestOffset
  if (!wasChecked) checkBatch(chunk, at)
  const isControl = isControlBatch(chunk, at)
  const isNeedless = isNeedlessBatch(chunk, at, rules.transactions)
  // The marker of a transaction that is gone waits for its horizon; aborted records do not.
  const dropsAll = isNeedless && (!isControl || isPastHorizon(chunk, at, rules.nowMs))
  const marked = dropsAll || isControl ? undefined : markedCount(chunk, at, rules)
  if (marked !== undefined) counts.recordsRead += recordCountOf(chunk, at)
  if (marked !== undefined && marked > 0) {
    counts.recordsRetained += marked
    return true
  }
  const retained = dropsAll || marked === 0 ? undefined : retainedRecords(chunk, at, rules, counts, isNeedless)
  if (retained && retained.count > 0) {
    counts.recordsRetained += retained.count
    if (retained.isWhole) return true
    retained.buildInto(output)
  } else if (mayBeEmpty(chunk, at, rules, isControl)) output.add(emptied(chunk, at))
  return false
}

/** Whether the first pass has seen all of the batch, with every record that it holds. */
function isIndexed(chunk: Buffer, at: number, { map, marks }: FilterRules): boolean {
  const lastOffset = lastOffsetOf(chunk, at)
  return lastOffset <= map.latestOffset && marks.covers(baseOffsetOf(chunk, at), lastOffset)
}

/** How many records stay where that is none or all of them and the marks say so; all the same a tombstone may ask for a horizon. */
function markedCount(chunk: Buffer, at: number, rules: FilterRules): number | undefined {
  if (!isIndexed(chunk, at, rules)) return undefined
  const [from, to] = [baseOffsetOf(chunk, at), lastOffsetOf(chunk, at)]
  const count = rules.marks.countLast(from, to)
  if (count === 0) return 0
  return count === recordCountOf(chunk, at) && !rules.marks.hasTombstones(from, to) ? count : undefined
}

function isNeedlessBatch(chunk: Buffer, at: number, transactions: CleanedTransactions): boolean {
  const [lastOffset, producerId] = [lastOffsetOf(chunk, at), producerIdOf(chunk, at)]
  return isControlBatch(chunk, at)
    ? transactions.onControlBatch(lastOffset, producerId, markerTypeOf(chunk, at))
    : transactions.onBatch(lastOffset, isTransactional(chunk, at), producerId)
}

function isPastHorizon(chunk: Buffer, at: number, nowMs: number): boolean {
  return hasDeleteHorizon(chunk, at) && baseTimestampOf(chunk, at) <= nowMs
}

function mayBeEmpty(chunk: Buffer, at: number, rules: FilterRules, isControl: boolean): boolean {
  const [lastOffset, producerId] = [lastOffsetOf(chunk, at), producerIdOf(chunk, at)]
  if (lastOffset + 1 === rules.upperBoundOffset) return true
  return producerId >= 0 && rules.producers.isLast(producerId, producerEpochOf(chunk, at), lastOffset, isControl)
}

function retainedRecords(
  chunk: Buffer,
  at: number,
  rules: FilterRules,
  counts: FilterCounts,
  isNeedless: boolean,
): RetainedRecords {
  const cursor = new RecordCursor(chunk, at)
  const retained = new RetainedRecords(chunk, at, cursor.content)
  const isControl = isControlBatch(chunk, at)
  const retainsTombstones = !isPastHorizon(chunk, at, rules.nowMs)
  const keyless = isIndexed(chunk, at, rules) ? undefined : counts
  let hasTombstones = false
  while (cursor.next()) {
    counts.recordsRead += 1
    if (isControl || isRetained(cursor, rules, retainsTombstones, keyless)) {
      retained.add(cursor)
      hasTombstones ||= !cursor.hasValue
    }
  }
  const needsHorizon = (hasTombstones || (isControl && isNeedless)) && !hasDeleteHorizon(chunk, at)
  if (needsHorizon) retained.deleteHorizonMs = rules.nowMs + rules.deleteRetentionMs
  return retained
}

/** `keyless` counts records without a key, where the first pass has not. */
function isRetained(
  cursor: RecordCursor,
  { map, marks }: FilterRules,
  retainsTombstones: boolean,
  keyless: FilterCounts | undefined,
): boolean {
  if (cursor.offset > map.latestOffset) return true
  if (cursor.keyLength < 0) {
    if (keyless) keyless.recordsWithoutKey += 1
    return false
  }
  if (!cursor.hasValue && !retainsTombstones) return false
  if (marks.covers(cursor.offset, cursor.offset)) return marks.isLast(cursor.offset)
  return cursor.offset >= map.get(cursor.content, cursor.keyStart, cursor.keyEnd)
}

function emptied(chunk: Buffer, at: number): Buffer {
  const maxTimestamp = maxTimestampOf(chunk, at)
  return emptyBatch({
    baseOffset: baseOffsetOf(chunk, at),
    lastOffset: lastOffsetOf(chunk, at),
    partitionLeaderEpoch: partitionLeaderEpochOf(chunk, at),
    producerId: producerIdOf(chunk, at),
    producerEpoch: producerEpochOf(chunk, at),
    baseSequence: baseSequenceOf(chunk, at),
    transactional: isTransactional(chunk, at),
    control: isControlBatch(chunk, at),
    maxTimestamp,
    ...(timestampTypeOf(chunk, at) === 'LogAppendTime' ? { logAppendTimeMs: maxTimestamp } : {}),
  })
}

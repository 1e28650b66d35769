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
  timestampTypeOf,
} from '../../../protocol/records/batch-header.ts'
import { checkBatch } from '../../../protocol/records/batches.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { CleanedTransactions } from './cleaned-transactions.ts'
import { filterLegacy } from './filter-legacy.ts'
import type { LastRecords } from './last-records.ts'
import { markerTypeOf } from './marker-type.ts'
import type { OffsetMap } from './offset-map.ts'
import { RecordCursor } from './record-cursor.ts'
import { RetainedRecords } from './retained-records.ts'

export interface FilterRules {
  readonly map: OffsetMap
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

/** What is left of some whole batches, in pieces. */
export function filterChunk(chunk: Buffer, rules: FilterRules, counts: FilterCounts): Buffer[] {
  const retained: Buffer[] = []
  for (let at = 0; at < chunk.length; at += batchSizeOf(chunk, at)) {
    const piece =
      magicOf(chunk, at) < 2
        ? filterLegacy(chunk.subarray(at, at + batchSizeOf(chunk, at)), rules, counts)
        : filterBatch(chunk, at, rules, counts)
    if (piece) retained.push(piece)
  }
  return retained
}

function filterBatch(chunk: Buffer, at: number, rules: FilterRules, counts: FilterCounts): Buffer | undefined {
  // Those of the dirty part were checked by the first pass.
  const wasChecked =
    baseOffsetOf(chunk, at) >= rules.firstDirtyOffset && lastOffsetOf(chunk, at) <= rules.map.latestOffset
  if (!wasChecked) checkBatch(chunk, at)
  const isControl = isControlBatch(chunk, at)
  const isNeedless = isNeedlessBatch(chunk, at, rules.transactions)
  // The marker of a transaction that is gone waits for its horizon; aborted records do not.
  const dropsAll = isNeedless && (!isControl || isPastHorizon(chunk, at, rules.nowMs))
  const retained = dropsAll ? undefined : retainedRecords(chunk, at, rules, counts, isNeedless)
  if (retained && retained.count > 0) {
    counts.recordsRetained += retained.count
    return retained.build()
  }
  return mayBeEmpty(chunk, at, rules, isControl) ? emptied(chunk, at) : undefined
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
  let hasTombstones = false
  while (cursor.next()) {
    counts.recordsRead += 1
    if (isControl || isRetained(cursor, rules, retainsTombstones, counts)) {
      retained.add(cursor)
      hasTombstones ||= !cursor.hasValue
    }
  }
  const needsHorizon = (hasTombstones || (isControl && isNeedless)) && !hasDeleteHorizon(chunk, at)
  if (needsHorizon) retained.deleteHorizonMs = rules.nowMs + rules.deleteRetentionMs
  return retained
}

function isRetained(
  cursor: RecordCursor,
  { map }: FilterRules,
  retainsTombstones: boolean,
  counts: FilterCounts,
): boolean {
  if (cursor.offset > map.latestOffset) return true
  if (cursor.keyLength < 0) {
    counts.recordsWithoutKey += 1
    return false
  }
  if (!cursor.hasValue && !retainsTombstones) return false
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

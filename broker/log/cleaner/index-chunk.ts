// The first pass over the dirty part of a log: which offset is the last one of each key.
// Batches of aborted transactions and control batches say nothing about keys. A damaged batch ends it: whatever its keys read as
// now, the records of others could go for it. Kafka does not look.
// Source: Kafka 4.3.0's Cleaner.buildOffsetMapForSegment.

import {
  baseOffsetOf,
  batchSizeOf,
  isControlBatch,
  isTransactional,
  lastOffsetOf,
  magicOf,
  producerIdOf,
} from '../../../protocol/records/batch-header.ts'
import { checkBatch } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { CleanedTransactions } from './cleaned-transactions.ts'
import { GatheredKeys } from './gathered-keys.ts'
import { markerTypeOf } from './marker-type.ts'
import type { OffsetMap } from './offset-map.ts'
import type { OffsetMarks } from './offset-marks.ts'
import { RecordCursor } from './record-cursor.ts'

export interface IndexRules {
  readonly map: OffsetMap
  /** Keys that the map may hold: slots times the load factor. */
  readonly keysMax: number
  readonly transactions: CleanedTransactions
  /** Records below it are clean. */
  readonly startOffset: Offset
  /** Of tombstones; that a record is the last one of its key is known when all are in the map (`markLast`). */
  readonly marks: OffsetMarks
  /** Counted up: records without a key in batches that have marks. */
  recordsWithoutKey: number
}

/** Of one batch at a time; a thread has one. */
const keys = new GatheredKeys()

/** Puts the keys of whole batches into the map. False: it is full, and holds everything up to its latest offset. */
export function indexChunk(chunk: Buffer, rules: IndexRules): boolean {
  const { map, startOffset } = rules
  for (let at = 0; at < chunk.length; at += batchSizeOf(chunk, at)) {
    if (!indexBatch(chunk, at, rules)) return false
    const lastOffset = lastOffsetOf(chunk, at)
    if (lastOffset >= startOffset) map.latestOffset = lastOffset
  }
  return true
}

function indexBatch(chunk: Buffer, at: number, rules: IndexRules): boolean {
  if (magicOf(chunk, at) < 2) return indexLegacy(chunk.subarray(at, at + batchSizeOf(chunk, at)), rules)
  const { transactions, startOffset } = rules
  checkBatch(chunk, at)
  const [lastOffset, producerId] = [lastOffsetOf(chunk, at), producerIdOf(chunk, at)]
  if (isControlBatch(chunk, at)) {
    transactions.onControlBatch(lastOffset, producerId, markerTypeOf(chunk, at))
    return true
  }
  if (transactions.onBatch(lastOffset, isTransactional(chunk, at), producerId)) return true
  const cursor = new RecordCursor(chunk, at)
  let withoutKey = 0
  keys.count = 0
  while (cursor.next()) {
    if (cursor.keyLength < 0) withoutKey += 1
    if (cursor.keyLength < 0 || cursor.offset < startOffset) continue
    if (!cursor.hasValue) rules.marks.markTombstone(cursor.offset)
    if (keys.isFull && !putGathered(cursor.content, rules)) return false
    keys.add(cursor.keyStart, cursor.keyEnd, cursor.offset)
  }
  if (!putGathered(cursor.content, rules)) return false
  if (rules.marks.covers(baseOffsetOf(chunk, at), lastOffset)) rules.recordsWithoutKey += withoutKey
  return true
}

/** False: the map is full. Tombstones behind have their marks all the same: nobody looks at marks behind its latest offset. */
function putGathered(content: Buffer, { map, keysMax }: IndexRules): boolean {
  const put = map.putAll(content, keys, keysMax)
  const areAll = put === keys.count
  keys.count = 0
  return areAll
}

function indexLegacy(message: Buffer, { map, keysMax, startOffset }: IndexRules): boolean {
  for (const { key, offset } of records(message)) {
    if (key === null || offset < startOffset) continue
    if (map.size >= keysMax) return false
    map.put(key, 0, key.length, offset)
  }
  return true
}

// What stays of messages of magic 0 and 1. They know no producers, no transactions and no delete horizon: whether their
// tombstones stay depends on the age of the segment.
//
// Different on purpose: where some messages of a compressed set go, the others come out uncompressed, not in a smaller set. Kafka
// has not written these formats since 0.11.
// Source: Kafka 4.3.0's Cleaner.shouldRetainRecord, LegacyRecord.

import { crc32 } from 'node:zlib'
import { magicOf } from '../../../protocol/records/batch-header.ts'
import { setInt64At } from '../../../protocol/records/int64-at.ts'
import { legacyRecordOverhead, legacyTimestampTypeOf } from '../../../protocol/records/legacy-record.ts'
import type { RecordView } from '../../../protocol/records/record.ts'
import { records } from '../../../protocol/records/records.ts'
import type { FilterCounts, FilterRules } from './filter-chunk.ts'

const logAppendTimeFlag = 0x08

/** What is left of a message, or of the messages that it wraps. */
export function filterLegacy(message: Buffer, rules: FilterRules, counts: FilterCounts): Buffer | undefined {
  const all = [...records(message)]
  const retained = all.filter(record => isRetained(record, rules, counts))
  counts.recordsRead += all.length
  counts.recordsRetained += retained.length
  if (retained.length === 0) return undefined
  if (retained.length === all.length) return message
  return Buffer.concat(retained.map(record => standalone(message, record)))
}

function isRetained({ key, value, offset }: RecordView, rules: FilterRules, counts: FilterCounts): boolean {
  if (offset > rules.map.latestOffset) return true
  if (key === null) {
    counts.recordsWithoutKey += 1
    return false
  }
  if (value === null && !rules.retainsLegacyTombstones) return false
  return offset >= rules.map.get(key, 0, key.length)
}

function standalone(wrapper: Buffer, { offset, timestamp, key, value }: RecordView): Buffer {
  const magic = magicOf(wrapper)
  const overhead = legacyRecordOverhead(magic)
  const message = Buffer.alloc(12 + overhead + (key?.length ?? 0) + (value?.length ?? 0))
  setInt64At(message, 0, offset)
  message.writeInt32BE(message.length - 12, 8)
  message[16] = magic
  message[17] = legacyTimestampTypeOf(wrapper) === 'LogAppendTime' ? logAppendTimeFlag : 0
  if (magic === 1) setInt64At(message, 18, timestamp)
  let at = magic === 0 ? 18 : 26
  for (const bytes of [key, value]) {
    at = message.writeInt32BE(bytes?.length ?? -1, at)
    at += bytes?.copy(message, at) ?? 0
  }
  message.writeUInt32BE(crc32(message.subarray(16)), 12)
  return message
}

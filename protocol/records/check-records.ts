// The walk over a produced batch: are its records framed as they say, have they keys where keys are needed, are their
// timestamps in range. It looks at every record and allocates for none but the refused ones.
// Source: DefaultRecord and org.apache.kafka.storage.internals.log.LogValidator, Kafka 4.3.0. Stricter than Kafka in one
// point: Kafka does not compare a record's size with its contents when the batch is compressed; here that is an error always,
// since no consumer could read such a batch.

import { DecodeError } from '../wire/decode-error.ts'
import type { Int64 } from '../wire/int64.ts'
import {
  baseTimestampOf,
  maxTimestampOf,
  noTimestamp,
  recordCountOf,
  type TimestampType,
  timestampTypeOf,
} from './batch-header.ts'
import { addInt64 } from './int64-at.ts'
import { largestPlainDelta, notPlain } from './plain-records.ts'
import { recordEnd } from './record.ts'
import { RecordReader } from './record-reader.ts'

/** What a topic asks of the records it takes. */
export interface RecordRules {
  /** The topic is compacted: a record without a key could never be replaced. */
  readonly keysRequired: boolean
  /** Who stamps the records of the topic. */
  readonly timestampType: TimestampType
  /** Earliest and latest timestamp that a producer may set, both allowed themselves; -1 ("none") always is. */
  readonly timestampMin: Int64
  readonly timestampMax: Int64
}

/** A record that the topic does not take: its place in the batch, the protocol error by name, and the reason. */
export interface RecordFailure {
  readonly recordIndex: number
  readonly error: 'INVALID_RECORD' | 'INVALID_TIMESTAMP'
  readonly message: string
}

export interface RecordsCheck {
  /** The largest timestamp of all records, -1 when none has one. */
  readonly maxTimestamp: Int64
  /** Whether the offset deltas are 0, 1, 2 and so on. Kafka stores others as they are, unless it must recompress. */
  readonly offsetsAreSequential: boolean
  /** Empty when the batch may be appended; at most one per record. */
  readonly failures: readonly RecordFailure[]
}

const noFailures: readonly RecordFailure[] = Object.freeze([])

/**
 * Checks all records of the magic 2 batch at a position; `bytes` are its uncompressed records (`recordBytes`).
 * Throws DecodeError when the framing is wrong or the count is not that of the records.
 */
export function checkRecords(buffer: Buffer, position: number, bytes: Buffer, rules: RecordRules): RecordsCheck {
  const count = recordCountOf(buffer, position)
  const stamped = timestampTypeOf(buffer, position) === 'LogAppendTime'
  const base = stamped ? maxTimestampOf(buffer, position) : baseTimestampOf(buffer, position)
  // A timestamp is looked at as its delta, a small number that takes no memory, while base and timestamp are safe; NaN, with
  // which no comparison holds, stands for a base that is not. Whatever is in doubt is computed exactly, outside of the common way.
  const safeBase = typeof base === 'number' && !stamped ? base : Number.NaN
  const ranged = rules.timestampType === 'CreateTime'
  const rangeMin = ranged ? Number(rules.timestampMin) : Number.NEGATIVE_INFINITY
  const rangeMax = ranged ? Number(rules.timestampMax) : Number.POSITIVE_INFINITY
  const deltaMin = Math.max(rangeMin, Number.MIN_SAFE_INTEGER) - safeBase
  const deltaMax = Math.min(rangeMax, Number.MAX_SAFE_INTEGER) - safeBase
  const { keysRequired } = rules
  if (count > 0) {
    const largestDelta = largestPlainDelta(bytes, count, { deltaMin, deltaMax, keysRequired })
    if (largestDelta !== notPlain) return plainCheck(safeBase + largestDelta)
  }
  const reader = new RecordReader(bytes)
  let largestDelta = Number.NEGATIVE_INFINITY
  let wideMax: Int64 = noTimestamp
  let offsetsAreSequential = true
  let failures: RecordFailure[] | undefined
  for (let index = 0; index < count; index += 1) {
    const end = recordEnd(reader)
    reader.position += 1 // attributes
    const delta = reader.varlong()
    if (reader.varint() !== index) offsetsAreSequential = false
    const hasKey = skipBytes(reader)
    skipBytes(reader)
    skipHeaders(reader, end)
    if (reader.position !== end) throw new DecodeError(`record ${index} does not end where its size says`)
    if (typeof delta === 'number' && delta >= deltaMin && delta <= deltaMax && (hasKey || !keysRequired)) {
      if (delta > largestDelta) largestDelta = delta
      continue
    }
    const exact = addInt64(base, stamped ? 0 : delta)
    if (exact > wideMax) wideMax = exact
    const failure = failureOf(index, hasKey, exact, stamped, rules)
    if (failure !== undefined) (failures ??= []).push(failure)
  }
  if (reader.position !== bytes.length || count < 0) {
    throw new DecodeError(`a batch of ${count} records has ${bytes.length - reader.position} bytes behind the last one`)
  }
  const largest = safeBase + largestDelta
  if (largest > wideMax) wideMax = largest
  return { maxTimestamp: wideMax, offsetsAreSequential, failures: failures ?? noFailures }
}

function plainCheck(largest: number): RecordsCheck {
  const maxTimestamp = largest > noTimestamp ? largest : noTimestamp
  return { maxTimestamp, offsetsAreSequential: true, failures: noFailures }
}

/** Skips a length and its bytes; a negative length is null, answered as false. The record's end is compared later. */
function skipBytes(reader: RecordReader): boolean {
  const length = reader.varint()
  if (length < 0) return false
  reader.position += length
  return true
}

function skipHeaders(reader: RecordReader, end: number): void {
  const count = reader.varint()
  if (count === 0) return
  if (count < 0 || count > end - reader.position) throw new DecodeError(`a record cannot have ${count} headers here`)
  for (let i = 0; i < count; i += 1) {
    if (!skipBytes(reader)) throw new DecodeError('a record header without a key')
    skipBytes(reader)
  }
}

function failureOf(
  recordIndex: number,
  hasKey: boolean,
  timestamp: Int64,
  stamped: boolean,
  rules: RecordRules,
): RecordFailure | undefined {
  if (rules.keysRequired && !hasKey) {
    const message = 'the topic is compacted and takes no record without a key'
    return { recordIndex, error: 'INVALID_RECORD', message }
  }
  if (rules.timestampType === 'CreateTime' && timestamp !== noTimestamp) {
    if (timestamp >= rules.timestampMin && timestamp <= rules.timestampMax) return undefined
    const message = `timestamp ${timestamp} is outside of ${rules.timestampMin} to ${rules.timestampMax}`
    return { recordIndex, error: 'INVALID_TIMESTAMP', message }
  }
  if (!stamped) return undefined
  return { recordIndex, error: 'INVALID_TIMESTAMP', message: 'a producer may not set the timestamp type LogAppendTime' }
}

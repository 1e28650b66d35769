// The batches of a coordinator's partition: what it writes, and what it finds there when it replays.

import {
  isControlBatch,
  lastOffsetOf,
  magicOf,
  producerEpochOf,
  producerIdOf,
  recordBatchOverhead,
} from '../../../protocol/records/batch-header.ts'
import { batches, checkBatch } from '../../../protocol/records/batches.ts'
import { controlRecordTypeId, controlRecordTypes } from '../../../protocol/records/control-record.ts'
import { records } from '../../../protocol/records/records.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { KeyValue } from './coordinator-state.ts'

export interface CoordinatorLogRecord {
  readonly offset: Offset
  readonly key: Buffer | null
  readonly value: Buffer | null
}

export interface CoordinatorBatch {
  /** Counts also when compaction has removed that record. */
  readonly lastOffset: Offset
  /** -1: no producer id. */
  readonly producerId: Int64
  readonly producerEpoch: number
  /** What a marker says about its producer's transaction; undefined: not a marker. */
  readonly transactionEnd: 'commit' | 'abort' | undefined
  readonly records: Iterable<CoordinatorLogRecord>
}

export const batchOverheadBytes = recordBatchOverhead

/** Upper bound of the bytes that a record takes in a batch: its size, attributes, deltas, two lengths, no headers. */
export const recordBytesMax = ({ key, value }: KeyValue): number => 27 + key.length + (value?.length ?? 0)

/** Throws DecodeError at a damaged batch. Control batches that are not transaction markers have no records here. */
export function* readBatches(bytes: Buffer): Generator<CoordinatorBatch, void, void> {
  for (const batch of batches(bytes)) {
    checkBatch(batch)
    const isControl = magicOf(batch) >= 2 && isControlBatch(batch)
    const transactionEnd = isControl ? transactionEndOf(batch) : undefined
    yield {
      lastOffset: lastOffsetOf(batch),
      producerId: magicOf(batch) >= 2 ? producerIdOf(batch) : -1,
      producerEpoch: magicOf(batch) >= 2 ? producerEpochOf(batch) : -1,
      transactionEnd,
      records: isControl && transactionEnd === undefined ? [] : records(batch),
    }
  }
}

function transactionEndOf(batch: Buffer): 'commit' | 'abort' | undefined {
  for (const { key } of records(batch)) {
    const type = controlRecordTypeId(key)
    if (type === controlRecordTypes.COMMIT) return 'commit'
    if (type === controlRecordTypes.ABORT) return 'abort'
  }
  return undefined
}

// What a worker thread does with some batches in the second pass over a log (filter-chunk.ts). Plain values in and out, memory
// that is shared stays where it is.

import { useCompiledChecksum } from '../compiled-checksum.ts'
import { CleanedTransactions, type TransactionState } from './cleaned-transactions.ts'
import { type FilterCounts, filterChunk } from './filter-chunk.ts'
import { LastRecords } from './last-records.ts'
import { OffsetMap, type OffsetMapState } from './offset-map.ts'
import { type MarksPlace, OffsetMarks } from './offset-marks.ts'
import { RetainedBytes } from './retained-bytes.ts'

useCompiledChecksum()

export interface FilterInput {
  readonly chunk: SharedArrayBuffer
  readonly chunkBytes: number
  /** Where what is left is put, if it fits. */
  readonly into: SharedArrayBuffer
  readonly memory: SharedArrayBuffer
  readonly mapSlots: number
  readonly marks: MarksPlace
  readonly secret: readonly number[]
  readonly map: OffsetMapState
  readonly aborted: SharedArrayBuffer
  readonly transactions: TransactionState
  readonly producers: SharedArrayBuffer
  readonly nowMs: number
  readonly deleteRetentionMs: number
  readonly firstDirtyOffset: number
  readonly upperBoundOffset: number
  readonly retainsLegacyTombstones: boolean
}

export interface FilterOutput {
  readonly retainedBytes: number
  /** Those, where they did not fit. */
  readonly retained: Uint8Array | undefined
  readonly transactions: TransactionState
  /** Aborted transactions whose marker stays. */
  readonly retainedAborted: readonly number[]
  readonly counts: FilterCounts
}

/** Answers what is left of whole batches. Throws DecodeError when they are damaged. */
export default function filterTask(input: FilterInput): FilterOutput {
  const { chunk, chunkBytes, nowMs, deleteRetentionMs, firstDirtyOffset, upperBoundOffset, retainsLegacyTombstones } =
    input
  const transactions = new CleanedTransactions(input.aborted, input.transactions)
  const counts: FilterCounts = { recordsRead: 0, recordsRetained: 0, recordsWithoutKey: 0 }
  const rules = {
    map: new OffsetMap(input.memory, input.secret, input.map, input.mapSlots),
    marks: new OffsetMarks(input.memory, input.marks),
    transactions,
    producers: new LastRecords(input.producers),
    nowMs,
    deleteRetentionMs,
    firstDirtyOffset,
    upperBoundOffset,
    retainsLegacyTombstones,
  }
  const output = new RetainedBytes(Buffer.from(input.into))
  filterChunk(Buffer.from(chunk, 0, chunkBytes), rules, counts, output)
  return {
    retainedBytes: output.bytes.length,
    retained: output.hasMoved ? new Uint8Array(output.bytes) : undefined,
    transactions: transactions.state,
    retainedAborted: transactions.retained,
    counts,
  }
}

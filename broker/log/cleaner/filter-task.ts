// What a worker thread does with some batches in the second pass over a log (filter-chunk.ts). Plain values in and out, memory
// that is shared stays where it is.

import { CleanedTransactions, type TransactionState } from './cleaned-transactions.ts'
import { type FilterCounts, filterChunk } from './filter-chunk.ts'
import { LastRecords } from './last-records.ts'
import { OffsetMap, type OffsetMapState } from './offset-map.ts'

export interface FilterInput {
  readonly chunk: Uint8Array
  readonly memory: SharedArrayBuffer
  readonly mapSlots: number
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
  readonly retained: Uint8Array
  readonly transactions: TransactionState
  /** Aborted transactions whose marker stays. */
  readonly retainedAborted: readonly number[]
  readonly counts: FilterCounts
}

/** Answers what is left of whole batches. Throws DecodeError when they are damaged. */
export default function filterTask(input: FilterInput): FilterOutput {
  const { chunk, nowMs, deleteRetentionMs, firstDirtyOffset, upperBoundOffset, retainsLegacyTombstones } = input
  const transactions = new CleanedTransactions(input.aborted, input.transactions)
  const counts: FilterCounts = { recordsRead: 0, recordsRetained: 0, recordsWithoutKey: 0 }
  const rules = {
    map: new OffsetMap(input.memory, input.secret, input.map, input.mapSlots),
    transactions,
    producers: new LastRecords(input.producers),
    nowMs,
    deleteRetentionMs,
    firstDirtyOffset,
    upperBoundOffset,
    retainsLegacyTombstones,
  }
  const pieces = filterChunk(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), rules, counts)
  const retained = ownBytes(pieces)
  return { retained, transactions: transactions.state, retainedAborted: transactions.retained, counts }
}

// A view would be copied to the other thread with all of the memory that it is a view of.
function ownBytes(pieces: readonly Buffer[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

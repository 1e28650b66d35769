// What a worker thread does with some batches in the first pass over a log (index-chunk.ts). Plain values in and out, memory that
// is shared stays where it is.

import { useCompiledChecksum } from '../compiled-checksum.ts'
import { CleanedTransactions, type TransactionState } from './cleaned-transactions.ts'
import { indexChunk } from './index-chunk.ts'
import { OffsetMap, type OffsetMapState } from './offset-map.ts'
import { type MarksPlace, OffsetMarks } from './offset-marks.ts'

useCompiledChecksum()

export interface IndexInput {
  readonly chunk: SharedArrayBuffer
  readonly chunkBytes: number
  readonly memory: SharedArrayBuffer
  readonly mapSlots: number
  readonly marks: MarksPlace
  readonly secret: readonly number[]
  readonly map: OffsetMapState
  readonly keysMax: number
  readonly startOffset: number
  readonly aborted: SharedArrayBuffer
  readonly transactions: TransactionState
}

export interface IndexOutput {
  /** False: the map is full. */
  readonly isComplete: boolean
  readonly map: OffsetMapState
  readonly transactions: TransactionState
  readonly recordsWithoutKey: number
}

/** Puts the keys of whole batches into the map. Throws DecodeError when they are damaged. */
export default function indexTask(input: IndexInput): IndexOutput {
  const { chunk, chunkBytes, keysMax, startOffset } = input
  const map = new OffsetMap(input.memory, input.secret, input.map, input.mapSlots)
  const transactions = new CleanedTransactions(input.aborted, input.transactions)
  const marks = new OffsetMarks(input.memory, input.marks)
  const rules = { map, keysMax, transactions, startOffset, marks, recordsWithoutKey: 0 }
  const isComplete = indexChunk(Buffer.from(chunk, 0, chunkBytes), rules)
  return { isComplete, map: map.state, transactions: transactions.state, recordsWithoutKey: rules.recordsWithoutKey }
}

// Which transactions a pass over a log is in the middle of, and so which batches are an aborted transaction's and which markers
// are needed no more.
//
// A marker stays as long as any batch of its transaction was seen. Aborted transactions are known from the transaction
// indexes before their batches come, in the order of their first offsets; all others count as committed.
// Invariant: `next` is the first aborted transaction that begins behind what was read.
// Source: Kafka 4.3.0's CleanedTransactionMetadata.

import { controlRecordTypes } from '../../../protocol/records/control-record.ts'
import type { Offset } from '../../../protocol/types.ts'
import { type Int64, normalizeInt64 } from '../../../protocol/wire/int64.ts'
import type { AbortedTransactionEntry } from '../transaction-index.ts'

/** What one chunk's thread hands on to the next one's. */
export interface TransactionState {
  readonly next: number
  /** Producers with a transaction that is not aborted and whose marker has not come. */
  readonly committed: readonly Int64[]
  /** Aborted ones whose marker has not come, by their place among all. */
  readonly aborted: readonly OngoingAborted[]
}

interface OngoingAborted {
  readonly index: number
  readonly hasBatches: boolean
}

const noTransactions: TransactionState = { next: 0, committed: [], aborted: [] }
const entryBytes = 16

/** Aborted transactions in memory that threads share, by first offset. */
export function shareAborted(entries: readonly AbortedTransactionEntry[]): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(entries.length * entryBytes)
  const producerIds = new BigInt64Array(memory, 0, entries.length)
  const firstOffsets = new Float64Array(memory, entries.length * 8, entries.length)
  for (const [index, { producerId, firstOffset }] of entries.entries()) {
    producerIds[index] = BigInt(producerId)
    firstOffsets[index] = firstOffset
  }
  return memory
}

/** The pass over some batches, on whatever thread. */
export class CleanedTransactions {
  readonly #producerIds: BigInt64Array
  readonly #firstOffsets: Float64Array
  readonly #committed: Set<Int64>
  readonly #aborted = new Map<Int64, OngoingAborted>()
  /** Aborted transactions whose marker stays. */
  readonly retained: number[] = []
  #next: number

  constructor(aborted: ArrayBufferLike, state: TransactionState) {
    const count = aborted.byteLength / entryBytes
    this.#producerIds = new BigInt64Array(aborted, 0, count)
    this.#firstOffsets = new Float64Array(aborted, count * 8, count)
    this.#committed = new Set(state.committed)
    this.#next = state.next
    for (const each of state.aborted) this.#aborted.set(this.#producerId(each.index), each)
  }

  get state(): TransactionState {
    return { next: this.#next, committed: [...this.#committed], aborted: [...this.#aborted.values()] }
  }

  #producerId(index: number): Int64 {
    return normalizeInt64(this.#producerIds[index]!)
  }

  #begin(lastOffset: Offset): void {
    for (; this.#next < this.#firstOffsets.length && this.#firstOffsets[this.#next]! <= lastOffset; this.#next += 1) {
      const producerId = this.#producerId(this.#next)
      if (!this.#aborted.has(producerId)) this.#aborted.set(producerId, { index: this.#next, hasBatches: false })
    }
  }

  /** A batch of data; whether it is part of an aborted transaction. */
  onBatch(lastOffset: Offset, isTransactional: boolean, producerId: Int64): boolean {
    this.#begin(lastOffset)
    if (!isTransactional) return false
    const aborted = this.#aborted.get(producerId)
    if (aborted) this.#aborted.set(producerId, { index: aborted.index, hasBatches: true })
    else this.#committed.add(producerId)
    return aborted !== undefined
  }

  /** A control batch, with the type of its record if it has one left; whether nobody needs it any more. */
  onControlBatch(lastOffset: Offset, producerId: Int64, typeId: number | undefined): boolean {
    this.#begin(lastOffset)
    if (typeId === undefined) return true
    if (typeId === controlRecordTypes.COMMIT) return !this.#committed.delete(producerId)
    if (typeId !== controlRecordTypes.ABORT) return false
    const aborted = this.#aborted.get(producerId)
    this.#aborted.delete(producerId)
    if (!aborted?.hasBatches) return true
    this.retained.push(aborted.index)
    return false
  }
}

/** The whole pass over a log, segment by segment: which aborted transactions are ahead. */
export class TransactionPass {
  #entries: readonly AbortedTransactionEntry[] = []
  aborted = shareAborted([])
  state = noTransactions

  /** Before each segment: the aborted transactions that overlap with it. Those of the segment before may be among them. */
  beginSegment(found: readonly AbortedTransactionEntry[]): void {
    const ongoing = this.state.aborted.map(({ index }) => this.#entries[index]!)
    const ahead = new Map(this.#entries.slice(this.state.next).map(entry => [entry.firstOffset, entry]))
    for (const entry of found) ahead.set(entry.firstOffset, entry)
    for (const { firstOffset } of ongoing) ahead.delete(firstOffset)
    this.#entries = [...ongoing, ...[...ahead.values()].sort((a, b) => a.firstOffset - b.firstOffset)]
    this.aborted = shareAborted(this.#entries)
    const aborted = this.state.aborted.map(({ hasBatches }, index) => ({ index, hasBatches }))
    this.state = { next: ongoing.length, committed: this.state.committed, aborted }
  }

  entry(index: number): AbortedTransactionEntry {
    return this.#entries[index]!
  }
}

// Which batches of a fetch answer belong to transactions that were aborted, for who reads committed records only. The broker
// names, with each answer, the aborted transactions that reach into it: producer and first offset; the marker that ended each
// is among the batches. Batches are asked about in the order of their offsets.
// Source: CompletedFetch.nextFetchedRecord, Kafka 4.3.0. Known difference: the list need not be sorted (Redpanda's is not).

import { isTransactional, lastOffsetOf, producerIdOf } from '../../protocol/records/batch-header.ts'
import { controlRecordTypeId, controlRecordTypes } from '../../protocol/records/control-record.ts'
import { records } from '../../protocol/records/records.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'

export interface AbortedTransaction {
  readonly producerId: Int64
  readonly firstOffset: Int64
}

export class AbortedTransactions {
  /** Those that begin later than the last batch that was looked at, the first of them last. */
  readonly #later: AbortedTransaction[]
  /** Producers whose transaction, under way at the last batch that was looked at, will be aborted. */
  readonly #open = new Set<Int64>()

  constructor(list: readonly AbortedTransaction[]) {
    this.#later = [...list].sort((a, b) => (a.firstOffset > b.firstOffset ? -1 : a.firstOffset < b.firstOffset ? 1 : 0))
  }

  /** Whether the batch of magic 2 at the position, which is not a control batch, is part of one. */
  hides(bytes: Buffer, position: number): boolean {
    this.#openUpTo(lastOffsetOf(bytes, position))
    return isTransactional(bytes, position) && this.#open.has(producerIdOf(bytes, position))
  }

  /** A control batch comes by: the abort marker of a producer ends its transaction. Throws DecodeError. */
  noteControl(batch: Buffer): void {
    this.#openUpTo(lastOffsetOf(batch))
    if (isAbortMarker(batch)) this.#open.delete(producerIdOf(batch))
  }

  #openUpTo(offset: number): void {
    for (let next = this.#later.at(-1); next !== undefined && next.firstOffset <= offset; next = this.#later.at(-1)) {
      this.#open.add(next.producerId)
      this.#later.pop()
    }
  }
}

/** A control batch holds one record; none when compaction has taken it. */
function isAbortMarker(batch: Buffer): boolean {
  for (const { key } of records(batch)) return controlRecordTypeId(key) === controlRecordTypes.ABORT
  return false
}

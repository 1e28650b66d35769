// For tests: reads a partition log as a consumer does, fetch by fetch, and leaves out what a consumer leaves out.

import type { AbortedTransaction, PartitionLog } from '../broker/log/partition-log.ts'
import { isControlBatch, isTransactional, lastOffsetOf, producerIdOf } from '../protocol/records/batch-header.ts'
import { batches } from '../protocol/records/batches.ts'
import { decodeControlRecord } from '../protocol/records/control-record.ts'
import type { RecordView } from '../protocol/records/record.ts'
import { records } from '../protocol/records/records.ts'
import type { Int64 } from '../protocol/wire/int64.ts'

/** All records of a log that a consumer sees, fetched with at most `maxBytes` at a time. */
export async function consume(
  log: PartitionLog,
  isolation: 'uncommitted' | 'committed',
  maxBytes: number,
): Promise<RecordView[]> {
  const isCommitted = isolation === 'committed'
  const upTo = isCommitted ? log.lastStableOffset : log.highWatermark
  const seen: RecordView[] = []
  let offset = log.logStartOffset
  while (offset < upTo) {
    const read = await log.read(offset, { maxBytes, upTo, atLeastOneBatch: true, withAbortedTransactions: isCommitted })
    if (!read.ok) throw new Error(`error ${read.error.code} at ${offset}`)
    if (!read.part) break
    const bytes = await read.part.file.read(read.part.position, read.part.length)
    read.release()
    const aborted = new AbortedProducers(read.abortedTransactions)
    for (const batch of batches(bytes)) {
      const isSkipped = isCommitted && aborted.covers(batch)
      if (!isControlBatch(batch) && !isSkipped) {
        for (const record of records(batch)) if (record.offset >= offset) seen.push(record)
      }
      offset = Math.max(offset, lastOffsetOf(batch) + 1)
    }
  }
  return seen
}

/** The consumer's side of read_committed: which producers are within an aborted transaction at a batch. */
export class AbortedProducers {
  readonly #coming: AbortedTransaction[]
  readonly #aborted = new Set<Int64>()

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#coming = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  covers(batch: Buffer): boolean {
    while (this.#coming[0] && this.#coming[0].firstOffset <= lastOffsetOf(batch)) {
      this.#aborted.add(this.#coming.shift()!.producerId)
    }
    const producerId = producerIdOf(batch)
    if (isControlBatch(batch)) {
      const [marker] = records(batch)
      if (marker && decodeControlRecord(marker.key, marker.value).type === 'ABORT') this.#aborted.delete(producerId)
      return false
    }
    return isTransactional(batch) && this.#aborted.has(producerId)
  }
}

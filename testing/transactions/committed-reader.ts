// What a reader of committed records makes of the answers to its fetches: aborted transactions and markers are left out.
// Source: the consumer's side of KIP-98, as in Kafka 4.3.0's CompletedFetch.

import { isControlBatch, isTransactional, lastOffsetOf, producerIdOf } from '../../protocol/records/batch-header.ts'
import { wholeBatchSize } from '../../protocol/records/batches.ts'
import { controlRecordTypeId, controlRecordTypes } from '../../protocol/records/control-record.ts'
import type { RecordView } from '../../protocol/records/record.ts'
import { records } from '../../protocol/records/records.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'

export interface CommittedRead {
  readonly values: string[]
  /** Where the next fetch begins. */
  readonly nextOffset: number
}

export interface CommittedRecords {
  /** Views of the answer. */
  readonly records: RecordView[]
  readonly nextOffset: number
}

export interface AbortedTransaction {
  readonly producerId: Int64
  readonly firstOffset: Int64
}

/** `bytes`: the records of an answer, whose last batch may be cut. */
export function committedRecords(
  bytes: Buffer,
  fetchOffset: number,
  abortedTransactions: readonly AbortedTransaction[],
): CommittedRecords {
  const waiting = [...abortedTransactions].sort((a, b) => Number(a.firstOffset) - Number(b.firstOffset))
  const aborted = new Set<Int64>()
  const found: RecordView[] = []
  let nextOffset = fetchOffset
  for (let at = 0, size = 0; (size = wholeBatchSize(bytes, at)) > 0; at += size) {
    const batch = bytes.subarray(at, at + size)
    const producerId = producerIdOf(batch)
    while (waiting.length > 0 && Number(waiting[0]!.firstOffset) <= lastOffsetOf(batch)) {
      aborted.add(waiting.shift()!.producerId)
    }
    nextOffset = lastOffsetOf(batch) + 1
    const content = [...records(batch)]
    if (isControlBatch(batch)) {
      // Compaction may have left an empty batch of it.
      const type = content[0] && controlRecordTypeId(content[0].key)
      if (type === controlRecordTypes.ABORT) aborted.delete(producerId)
      continue
    }
    if (isTransactional(batch) && aborted.has(producerId)) continue
    found.push(...content.filter(({ offset }) => offset >= fetchOffset))
  }
  return { records: found, nextOffset }
}

/** The values only. */
export function committedValues(
  bytes: Buffer,
  fetchOffset: number,
  abortedTransactions: readonly AbortedTransaction[],
): CommittedRead {
  const read = committedRecords(bytes, fetchOffset, abortedTransactions)
  return { values: read.records.map(({ value }) => String(value)), nextOffset: read.nextOffset }
}

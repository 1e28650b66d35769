// The transaction index of a segment: the aborted transactions whose abort marker lies in it.
//
// An entry is 34 bytes: int16 version (0), int64 producer id, int64 first offset, int64 offset of the marker, int64 last
// stable offset when the marker was written. The file exists only when there are entries.
// Invariant: entries rise strictly in the marker's offset.
// Source: Kafka 4.3.0's TransactionIndex and AbortedTxn.

import { int64At, safeInt64At, setInt64At } from '../../protocol/records/int64-at.ts'
import type { Offset } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'

export const transactionIndexEntryBytes = 34
const entryVersion = 0

export interface AbortedTransactionEntry {
  readonly producerId: Int64
  readonly firstOffset: Offset
  /** Of the abort marker. */
  readonly lastOffset: Offset
  readonly lastStableOffset: Offset
}

/** The file makes no sense: the segment has to be recovered. */
export class TransactionIndexError extends Error {
  readonly code = 'TRANSACTION_INDEX_CORRUPT'
}

export class TransactionIndex {
  readonly entries: AbortedTransactionEntry[] = []

  append(entry: AbortedTransactionEntry): void {
    const last = this.entries.at(-1)
    if (last && last.lastOffset >= entry.lastOffset) {
      throw new TransactionIndexError(
        `aborted transaction ends at ${entry.lastOffset}, the one before at ${last.lastOffset}`,
      )
    }
    this.entries.push(entry)
  }

  /**
   * Adds the transactions that overlap with a range of offsets to `found`. True: no later segment can hold more, because
   * everything below `upperBound` was decided by then.
   */
  collect(fetchOffset: Offset, upperBound: Offset, found: AbortedTransactionEntry[]): boolean {
    for (const entry of this.entries) {
      if (entry.lastOffset >= fetchOffset && entry.firstOffset < upperBound) found.push(entry)
      if (entry.lastStableOffset >= upperBound) return true
    }
    return false
  }

  /** Forgets the entries whose marker is at or above the offset. */
  truncateTo(offset: Offset): void {
    const cut = this.entries.findIndex(entry => entry.lastOffset >= offset)
    if (cut >= 0) this.entries.length = cut
  }
}

/** An entry as it stands in the file. */
export function encodeAbortedTransaction(entry: AbortedTransactionEntry): Buffer {
  const bytes = Buffer.allocUnsafe(transactionIndexEntryBytes)
  bytes.writeInt16BE(entryVersion, 0)
  setInt64At(bytes, 2, entry.producerId)
  setInt64At(bytes, 10, entry.firstOffset)
  setInt64At(bytes, 18, entry.lastOffset)
  setInt64At(bytes, 26, entry.lastStableOffset)
  return bytes
}

/** Reads the file; an incomplete last entry is not there. Throws TransactionIndexError when an entry makes no sense. */
export function decodeTransactionIndex(baseOffset: Offset, file: Buffer): TransactionIndex {
  const index = new TransactionIndex()
  for (let at = 0; at + transactionIndexEntryBytes <= file.length; at += transactionIndexEntryBytes) {
    const version = file.readInt16BE(at)
    if (version > entryVersion) throw new TransactionIndexError(`aborted transaction of version ${version}`)
    const entry = {
      producerId: int64At(file, at + 2),
      firstOffset: safeInt64At(file, at + 10, 'first offset'),
      lastOffset: safeInt64At(file, at + 18, 'last offset'),
      lastStableOffset: safeInt64At(file, at + 26, 'last stable offset'),
    }
    if (entry.lastOffset < baseOffset) {
      throw new TransactionIndexError(
        `aborted transaction ends at ${entry.lastOffset}, below the segment's ${baseOffset}`,
      )
    }
    index.append(entry)
  }
  return index
}

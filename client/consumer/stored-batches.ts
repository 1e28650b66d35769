// What the answer for one partition holds for the application: which of the stored batches in its bytes have records to show,
// and where reading goes on. Control batches and aborted transactions are passed over, batches before the position too; the
// checksum of each is compared, so that the offsets computed from headers can be relied on.
//
// Invariant: `nextOffset` is behind everything that was looked at, shown or not, and never before where it began.
// Source: CompletedFetch, Kafka 4.3.0; KIP-74 for batches larger than the limit.

import { isControlBatch, lastOffsetOf, magicOf, partitionLeaderEpochOf } from '../../protocol/records/batch-header.ts'
import { checkBatch, checkBatchSize, wholeBatchSize } from '../../protocol/records/batches.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'
import { type AbortedTransaction, AbortedTransactions } from './aborted-transactions.ts'

export interface ScanOptions {
  /** What was asked for. Batches that end before are passed over. */
  readonly fetchOffset: number
  /** Of the records before that offset, -1 when not known. */
  readonly fetchEpoch: number
  readonly checksChecksums: boolean
  /** Null, or left out: uncommitted records are shown, too. */
  readonly aborted?: readonly AbortedTransaction[] | null
}

export interface ScannedBatches {
  /** Where, in the bytes, the batches with records to show begin. */
  readonly positions: readonly number[]
  readonly nextOffset: number
  /** Leader epoch of the last batch that was looked at, or what was given. */
  readonly nextEpoch: number
  /** A batch that is not what it claims to be: nothing behind it was looked at. It begins at `nextOffset`, or before. */
  readonly corrupt: CorruptBatch | undefined
  /** When not even the first batch was there as a whole: how many bytes it has, 0 when not even that is known. */
  readonly cutBytes: number | undefined
}

export interface CorruptBatch {
  readonly cause: DecodeError
  /** Where the batch says that the next one begins, or what the one behind it says; undefined when neither can be believed. */
  readonly resumeOffset: number | undefined
}

/** Looks at the batches in the bytes. Throws nothing: what cannot be read is `corrupt`. */
export function scanBatches(bytes: Buffer, options: ScanOptions): ScannedBatches {
  const aborted = options.aborted && options.aborted.length > 0 ? new AbortedTransactions(options.aborted) : undefined
  const positions: number[] = []
  let nextOffset = options.fetchOffset
  let nextEpoch = options.fetchEpoch
  let position = 0
  try {
    for (let size = 0; (size = wholeBatchSize(bytes, position)) > 0; position += size) {
      check(bytes, position, options.checksChecksums)
      const isShown = showsRecords(bytes.subarray(position, position + size), aborted)
      const lastOffset = lastOffsetOf(bytes, position)
      if (lastOffset < options.fetchOffset) continue
      if (isShown) positions.push(position)
      nextOffset = Math.max(nextOffset, lastOffset + 1)
      if (magicOf(bytes, position) >= 2) nextEpoch = partitionLeaderEpochOf(bytes, position)
    }
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    const corrupt = { cause, resumeOffset: offsetBehind(bytes, position, nextOffset) }
    return { positions, nextOffset, nextEpoch, corrupt, cutBytes: undefined }
  }
  const cutBytes = position === 0 && bytes.length > 0 ? announcedSize(bytes) : undefined
  return { positions, nextOffset, nextEpoch, corrupt: undefined, cutBytes }
}

function check(bytes: Buffer, position: number, checksChecksums: boolean): void {
  if (checksChecksums) checkBatch(bytes, position)
  else checkBatchSize(bytes, position)
}

function showsRecords(batch: Buffer, aborted: AbortedTransactions | undefined): boolean {
  if (magicOf(batch) < 2) return true
  if (!isControlBatch(batch)) return !aborted?.hides(batch, 0)
  aborted?.noteControl(batch)
  return false
}

/** The batch may be wrong about itself; the one behind it, when its own checksum holds, is a better witness. */
function offsetBehind(bytes: Buffer, position: number, nextOffset: number): number | undefined {
  try {
    const size = wholeBatchSize(bytes, position)
    const behind = size > 0 && wholeBatchSize(bytes, position + size) > 0 ? position + size : undefined
    if (behind !== undefined) checkBatch(bytes, behind)
    const claimed = behind === undefined ? lastOffsetOf(bytes, position) + 1 : firstOffsetOf(bytes, behind)
    return claimed > nextOffset && claimed - nextOffset <= recordsMax ? claimed : undefined
  } catch {
    return undefined
  }
}

/** No batch spans more offsets than its int32 delta can say. */
const recordsMax = 0x8000_0000

function firstOffsetOf(bytes: Buffer, position: number): number {
  // In magic 0 and 1 the field holds the last offset of a compressed set, which is not where it begins.
  return magicOf(bytes, position) < 2 ? Number.NaN : lastOffsetOf(bytes, position) - bytes.readInt32BE(position + 23)
}

function announcedSize(bytes: Buffer): number {
  return bytes.length < 12 ? 0 : 12 + bytes.readInt32BE(8)
}

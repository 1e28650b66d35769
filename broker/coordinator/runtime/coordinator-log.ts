// What the coordinator runtime needs of a partition of its internal topic. The real one is a Partition that this broker
// leads (partition-coordinator-log.ts); tests use one in memory.

import type { ProtocolError } from '../../../protocol/errors.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { VerificationGuard } from '../../log/transaction-verifications.ts'

export type CoordinatorAppend =
  | { readonly ok: true; readonly baseOffset: Offset; readonly lastOffset: Offset }
  | { readonly ok: false; readonly error: ProtocolError }

/** For batches that belong to a producer's transaction, and the markers that end one. */
export interface CoordinatorAppendOptions {
  /** What the log gave out when the transaction's coordinator was asked; without it a transaction cannot begin in the log. */
  readonly verification?: VerificationGuard | 'disabled'
  /** Of a marker. */
  readonly transactionVersion?: number
}

export interface CoordinatorLog {
  readonly logStartOffset: Offset
  /** The offset that the next record will get. While the shard is active nobody but the shard appends. */
  readonly nextOffset: Offset
  readonly highWatermark: Offset
  /** A batch larger than this is refused by the log (max.message.bytes). */
  readonly batchBytesMax: number
  /** Appends one batch as the partition's leader; decided at once, written later. */
  append(batch: Buffer, options?: CoordinatorAppendOptions): CoordinatorAppend
  /** Calls back once, perhaps at once: NONE when the record at `offset` is committed, the error when it will not be (here). */
  whenCommitted(offset: Offset, done: (error: ProtocolError) => void): void
  /** Whole batches from the one that contains `offset` on, about `maxBytes`, at least one; empty at the end of the log. Rejects with a DiskError. */
  readBytes(offset: Offset, maxBytes: number): Promise<Buffer>
}

// A transaction is aborted that its producer has not ended: because a new instance has come, or because its time is over.
// From then on the producer has an old epoch, wherever it turns.
// Source: Kafka 4.3.0's TransactionCoordinator (endTransaction with isFromClient = false, abortTimedOutTransactions).

import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { Decision } from '../runtime/coordinator-state.ts'
import { hasTimedOut } from './expire-transactions.ts'
import {
  epochBumpVersion,
  isExhausted,
  noProducerId,
  prepared,
  type Transaction,
  withFencingEpoch,
} from './transaction.ts'
import type { TransactionRecord } from './transaction-record.ts'
import type { TransactionState } from './transaction-state.ts'

/** The decision cannot be made without a producer id that nobody has: get one and ask again. */
export interface NeedsProducerId {
  readonly needsProducerId: true
}

export const needsProducerId: NeedsProducerId = { needsProducerId: true }

/** `freshProducerId`: undefined when none has been got yet. */
export function fenced(
  state: TransactionState,
  transaction: Transaction,
  nowMs: number,
  freshProducerId: Int64 | undefined,
): Transaction | NeedsProducerId {
  const end = { committed: false, nowMs }
  if (state.transactionVersion < epochBumpVersion) {
    return prepared(withFencingEpoch(transaction), { ...end, clientVersion: 0, nextProducerId: noProducerId })
  }
  const rotates = isExhausted(transaction.producerEpoch)
  if (rotates && freshProducerId === undefined) return needsProducerId
  const nextProducerId = rotates ? freshProducerId! : noProducerId
  return prepared(transaction, { ...end, clientVersion: state.transactionVersion, nextProducerId })
}

/** Aborts the transaction of an id if it has timed out by now. */
export function decideTimeout(
  state: TransactionState,
  nowMs: number,
  transactionalId: string,
  freshProducerId: Int64 | undefined,
): Decision<NeedsProducerId | Transaction | undefined, TransactionRecord> {
  const transaction = state.transactions.get(transactionalId)
  if (transaction === undefined || !hasTimedOut(transaction, nowMs)) return { response: undefined }
  const next = fenced(state, transaction, nowMs, freshProducerId)
  return 'needsProducerId' in next ? { response: next } : state.moveTo(next, next)
}

// What time does to transactions: those that run for too long are aborted, ids that nobody uses are forgotten.
// Source: Kafka 4.3.0's TransactionStateManager (timedOutTransactions, removeExpiredTransactionalIds).

import { isTwoPhase, type Transaction } from './transaction.ts'
import { recordVersion, type TransactionRecord } from './transaction-record.ts'
import type { TransactionState } from './transaction-state.ts'
import { isExpirable } from './transaction-status.ts'

export function hasTimedOut(transaction: Transaction, nowMs: number): boolean {
  const { status, startMs, timeoutMs } = transaction
  return status === 'Ongoing' && !isTwoPhase(transaction) && startMs + timeoutMs < nowMs
}

/** The ids whose transaction has run for longer than it may. */
export function timedOut(state: TransactionState, nowMs: number): string[] {
  const found: string[] = []
  for (const transaction of state.transactions.values()) {
    if (hasTimedOut(transaction, nowMs)) found.push(transaction.transactionalId)
  }
  return found
}

export function expireTransactionalIds(state: TransactionState, nowMs: number): TransactionRecord[] {
  const before = nowMs - state.settings.expirationMs
  const version = recordVersion(state.transactionVersion)
  const records: TransactionRecord[] = []
  for (const { transactionalId, status, lastUpdateMs } of state.transactions.values()) {
    if (isExpirable(status) && lastUpdateMs <= before) records.push({ transactionalId, transaction: null, version })
  }
  return records
}

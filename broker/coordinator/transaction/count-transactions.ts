// How many transactional ids there are in which state; for the metrics.

import type { TransactionState } from './transaction-state.ts'
import { type TransactionStatus, transactionStatuses } from './transaction-status.ts'

/** As of the last commit; of one partition of __transaction_state. States that nothing is in are left out. */
export function countTransactions(state: TransactionState): ReadonlyMap<TransactionStatus, number> {
  const counts = new Map<TransactionStatus, number>()
  for (const [, { status }] of state.transactions.committedEntries()) counts.set(status, (counts.get(status) ?? 0) + 1)
  return counts
}

/** Every state that an id can be in is in the sum, also with 0: a graph shall not have gaps. */
export function addTransactionCounts(
  counts: readonly ReadonlyMap<TransactionStatus, number>[],
): ReadonlyMap<TransactionStatus, number> {
  const sum = (status: TransactionStatus) => counts.reduce((total, each) => total + (each.get(status) ?? 0), 0)
  const lasting = transactionStatuses.filter(status => status !== 'Dead' && status !== 'PrepareEpochFence')
  return new Map(lasting.map(status => [status, sum(status)]))
}

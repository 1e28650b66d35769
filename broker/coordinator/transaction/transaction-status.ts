// The states of a transactional id, and which may follow which. Source: Kafka 4.3.0's TransactionState (KIP-98, KIP-890).
//
// Empty: no transaction yet. Ongoing: partitions were added. PrepareCommit, PrepareAbort: decided for ever; the markers are on
// their way to the partitions. CompleteCommit, CompleteAbort: all markers are written. PrepareEpochFence: Kafka's name for the
// moment between the decision to fence a producer and PrepareAbort; the two are one record here, so nothing is ever in it.
// Dead: expired.

export const transactionTransitions = {
  Empty: ['Empty', 'Ongoing', 'PrepareAbort', 'Dead'],
  Ongoing: ['Ongoing', 'PrepareCommit', 'PrepareAbort', 'PrepareEpochFence'],
  PrepareCommit: ['CompleteCommit'],
  PrepareAbort: ['CompleteAbort'],
  CompleteCommit: ['Empty', 'Ongoing', 'PrepareAbort', 'Dead'],
  CompleteAbort: ['Empty', 'Ongoing', 'PrepareAbort', 'Dead'],
  Dead: [],
  PrepareEpochFence: ['PrepareAbort'],
} as const satisfies Record<string, readonly string[]>

export type TransactionStatus = keyof typeof transactionTransitions

/** In the order of their numbers in records. */
export const transactionStatuses = Object.keys(transactionTransitions) as TransactionStatus[]

export function mayFollow(from: TransactionStatus, to: TransactionStatus): boolean {
  return (transactionTransitions[from] as readonly TransactionStatus[]).includes(to)
}

/** Decided, and the markers are not all written. */
export const isPrepared = (status: TransactionStatus): boolean =>
  status === 'PrepareCommit' || status === 'PrepareAbort'

/** No transaction is under way: the id may be forgotten when nobody has used it for long. */
export const isExpirable = (status: TransactionStatus): boolean =>
  status === 'Empty' || status === 'CompleteCommit' || status === 'CompleteAbort'

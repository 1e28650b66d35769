// What administrators see of transactions: committed state. Source: Kafka 4.3.0's TransactionCoordinator
// (handleDescribeTransactions) and TransactionStateManager (listTransactionStates).

import { RE2JS, RE2JSSyntaxException } from 're2js'
import { errors } from '../../../protocol/errors.ts'
import type { describeTransactions } from '../../../protocol/messages/describe-transactions.ts'
import type { listTransactions } from '../../../protocol/messages/list-transactions.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import type { Transaction } from './transaction.ts'
import type { TransactionState } from './transaction-state.ts'
import { type TransactionStatus, transactionStatuses } from './transaction-status.ts'

export type DescribedTransaction = NonNullable<
  MessageInput<typeof describeTransactions.response>['transactionStates']
>[number]
export type ListedTransaction = NonNullable<MessageInput<typeof listTransactions.response>['transactionStates']>[number]
export type ListRequest = Message<typeof listTransactions.request>

export function describedTransaction(state: TransactionState, transactionalId: string): DescribedTransaction {
  const transaction = state.transactions.getCommitted(transactionalId)
  if (transaction === undefined) return { transactionalId, errorCode: errors.TRANSACTIONAL_ID_NOT_FOUND.code }
  return {
    transactionalId,
    errorCode: errors.NONE.code,
    transactionState: transaction.status,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStartTimeMs: transaction.startMs,
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    topics: [...transaction.partitions].map(([topic, partitions]) => ({ topic, partitions: [...partitions] })),
  }
}

/** Which transactions are asked for. */
export interface TransactionFilter {
  readonly includes: (transaction: Transaction, nowMs: number) => boolean
  /** States asked for that do not exist. */
  readonly unknownStates: readonly string[]
}

/** Undefined: the pattern for transactional ids is no regular expression. */
export function transactionFilter(request: ListRequest): TransactionFilter | undefined {
  const { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern } = request
  const pattern = patternOf(transactionalIdPattern)
  if (pattern === 'invalid') return undefined
  const isKnown = (name: string) => transactionStatuses.includes(name as TransactionStatus)
  const producerIds = new Set(producerIdFilters)
  const states = new Set(stateFilters)
  const durationMs = Number(durationFilter)
  return {
    unknownStates: stateFilters.filter(name => !isKnown(name)),
    includes({ producerId, status, startMs, transactionalId }, nowMs) {
      if (producerIds.size > 0 && !producerIds.has(producerId)) return false
      if (states.size > 0 && !states.has(status)) return false
      // Of an id that has begun no transaction the start is -1, and it passes, as in Kafka.
      if (durationMs >= 0 && nowMs - startMs <= durationMs) return false
      return pattern === undefined || pattern.matches(transactionalId)
    },
  }
}

/** In RE2's syntax, as in Kafka, so that no expression takes exponential time. The whole id has to match. */
function patternOf(text: string | null): RE2JS | 'invalid' | undefined {
  if (text === null || text === '') return undefined
  try {
    return RE2JS.compile(text)
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return 'invalid'
    throw error
  }
}

export function listedTransactions(
  state: TransactionState,
  filter: TransactionFilter,
  nowMs: number,
): ListedTransaction[] {
  const listed: ListedTransaction[] = []
  for (const [transactionalId, transaction] of state.transactions.committedEntries()) {
    if (!filter.includes(transaction, nowMs)) continue
    listed.push({ transactionalId, producerId: transaction.producerId, transactionState: transaction.status })
  }
  return listed
}

// Which of the transactions that are open in partitions hang: their coordinator does not know of them, so that nobody ends them, and
// readers of committed records wait there for ever. Pure. Source: TransactionsCommand.FindHangingTransactionsCommand, Kafka 4.3.0.

import { partitionKey } from '../../client/admin/topic-partition.ts'
import type { TransactionDescription } from '../../client/admin/transactions.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'

export interface OpenTransaction extends TopicPartition {
  readonly producerId: Int64
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly startOffset: Int64
  /** When its producer last wrote here, in milliseconds since 1970. */
  readonly lastTimestampMs: Int64
}

export interface HangingTransaction extends OpenTransaction {
  /** Undefined: no coordinator knows the producer. */
  readonly transactionalId: string | undefined
}

/** `known`: what coordinators say of the producers' transactions, as far as they know them. */
export function hangingAmong(
  open: readonly OpenTransaction[],
  known: readonly TransactionDescription[],
): HangingTransaction[] {
  const byProducer = new Map(known.map(transaction => [String(transaction.producerId), transaction]))
  return open.flatMap(each => {
    const transaction = byProducer.get(String(each.producerId))
    const isLookedAfter = transaction?.partitions.some(at => partitionKey(at) === partitionKey(each)) ?? false
    return isLookedAfter ? [] : [{ ...each, transactionalId: transaction?.transactionalId }]
  })
}

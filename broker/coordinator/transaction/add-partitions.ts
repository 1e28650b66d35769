// Partitions become part of a transaction before anything is written to them, so that they get its marker; and a partition's
// leader asks whether it is part of one. Source: Kafka 4.3.0's TransactionCoordinator (handleAddPartitionsToTransaction,
// handleVerifyPartitionsInTransaction).

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { TopicPartition } from '../../../protocol/types.ts'
import type { Decision } from '../runtime/coordinator-state.ts'
import type { ProducerIdAndEpoch } from './init-producer-id.ts'
import { type Transaction, withAddedPartitions } from './transaction.ts'
import { hasPartition } from './transaction-partitions.ts'
import type { TransactionRecord } from './transaction-record.ts'
import type { TransactionState } from './transaction-state.ts'
import { isPrepared } from './transaction-status.ts'

export interface PartitionsOfProducer extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly partitions: readonly TopicPartition[]
}

export function decideAddPartitions(
  state: TransactionState,
  nowMs: number,
  request: PartitionsOfProducer,
  clientVersion: number,
): Decision<ProtocolError, TransactionRecord> {
  const transaction = state.transactions.get(request.transactionalId)
  if (transaction === undefined) return { response: errors.INVALID_PRODUCER_ID_MAPPING }
  // The transaction before is not over: its markers would end this one, too.
  if (isPrepared(transaction.status)) return { response: errors.CONCURRENT_TRANSACTIONS }
  const error = checkProducer(transaction, request)
  if (error !== errors.NONE) return { response: error }
  const isKnown = (partition: TopicPartition) => hasPartition(transaction.partitions, partition)
  if (transaction.status === 'Ongoing' && request.partitions.every(isKnown)) return { response: errors.NONE }
  return state.moveTo(withAddedPartitions(transaction, request.partitions, clientVersion, nowMs), errors.NONE)
}

/** For each partition, in their order: NONE, or why nothing may be written to it in this transaction. */
export function decideVerify(
  state: TransactionState,
  request: PartitionsOfProducer,
): Decision<ProtocolError[], TransactionRecord> {
  const transaction = state.transactions.get(request.transactionalId)
  const error = transaction === undefined ? errors.INVALID_PRODUCER_ID_MAPPING : checkOngoing(transaction, request)
  if (error !== errors.NONE) return { response: request.partitions.map(() => error) }
  const isPart = (partition: TopicPartition) => hasPartition(transaction!.partitions, partition)
  const answers = request.partitions.map(each => (isPart(each) ? errors.NONE : errors.TRANSACTION_ABORTABLE))
  return { response: answers }
}

function checkOngoing(transaction: Transaction, request: ProducerIdAndEpoch): ProtocolError {
  const error = checkProducer(transaction, request)
  return error === errors.NONE && isPrepared(transaction.status) ? errors.CONCURRENT_TRANSACTIONS : error
}

function checkProducer(transaction: Transaction, { producerId, producerEpoch }: ProducerIdAndEpoch): ProtocolError {
  if (transaction.producerId !== producerId) return errors.INVALID_PRODUCER_ID_MAPPING
  return transaction.producerEpoch === producerEpoch ? errors.NONE : errors.PRODUCER_FENCED
}

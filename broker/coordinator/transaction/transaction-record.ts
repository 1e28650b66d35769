// The record of a transactional id in __transaction_state: what it is after its latest step.
// Version 0 has no place for the client's transaction version and for other producer ids than the current one; it is written
// as long as the cluster's transaction.version is 0. Source: Kafka 4.3.0's TransactionLog.

import { transactionLogKey, transactionLogValue } from '../../../protocol/stored/transaction/index.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import type { RecordCodec } from '../runtime/coordinator-state.ts'
import { recordCodec } from '../runtime/record-codec.ts'
import { noEpoch, noProducerId, type Transaction } from './transaction.ts'
import { noPartitions, type TransactionPartitions } from './transaction-partitions.ts'
import { transactionStatuses } from './transaction-status.ts'

export interface TransactionRecord {
  readonly transactionalId: string
  /** Null: the id is forgotten. */
  readonly transaction: Transaction | null
  /** Of the value: 0 or 1. */
  readonly version: number
}

/** The version of records at a level of the feature transaction.version. */
export const recordVersion = (transactionVersion: number): number => (transactionVersion >= 1 ? 1 : 0)

type StoredTransaction = Message<typeof transactionLogValue>

const stored = recordCodec({ transactionLog: { key: transactionLogKey, value: transactionLogValue } })
const recordType = 0

export const transactionRecordCodec: RecordCodec<TransactionRecord> = {
  encode({ transactionalId, transaction, version }) {
    const value = transaction === null ? null : (toStored(transaction, version) as StoredTransaction)
    return stored.encode({ type: 'transactionLog', key: { transactionalId }, value, version })
  },
  decode(key, value) {
    // Left from a newer version that was taken back, says Kafka, and goes on without it.
    if (value !== null && value.length >= 2 && !transactionLogValue.has(value.readInt16BE(0))) return recordType
    const record = stored.decode(key, value)
    if (typeof record === 'number') return record
    const { transactionalId } = record.key
    const transaction = record.value === null ? null : fromStored(transactionalId, record.value)
    return { transactionalId, transaction, version: record.version }
  },
}

function toStored(transaction: Transaction, version: number): MessageInput<typeof transactionLogValue> {
  const { previousProducerId, nextProducerId, clientVersion } = transaction
  const sinceVersion1 = { previousProducerId, nextProducerId, clientTransactionVersion: clientVersion }
  return {
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStatus: transactionStatuses.indexOf(transaction.status),
    transactionPartitions: transaction.status === 'Empty' ? null : storedPartitions(transaction.partitions),
    transactionLastUpdateTimestampMs: transaction.lastUpdateMs,
    transactionStartTimestampMs: transaction.startMs,
    ...(version >= 1 ? sinceVersion1 : {}),
  }
}

const storedPartitions = (partitions: TransactionPartitions) =>
  [...partitions].map(([topic, indexes]) => ({ topic, partitionIds: [...indexes] }))

function fromStored(transactionalId: string, value: StoredTransaction): Transaction {
  const status = transactionStatuses[value.transactionStatus]
  if (status === undefined) throw new Error(`${value.transactionStatus} is the number of no transaction status`)
  const partitions = status === 'Empty' ? noPartitions : readPartitions(value.transactionPartitions)
  return {
    transactionalId,
    producerId: value.producerId,
    previousProducerId: value.previousProducerId ?? noProducerId,
    nextProducerId: value.nextProducerId ?? noProducerId,
    producerEpoch: value.producerEpoch,
    lastProducerEpoch: noEpoch,
    timeoutMs: value.transactionTimeoutMs,
    status,
    partitions,
    startMs: Number(value.transactionStartTimestampMs),
    lastUpdateMs: Number(value.transactionLastUpdateTimestampMs),
    clientVersion: value.clientTransactionVersion ?? 0,
  }
}

function readPartitions(stored: StoredTransaction['transactionPartitions']): TransactionPartitions {
  return new Map((stored ?? []).map(({ topic, partitionIds }) => [topic, new Set(partitionIds)]))
}

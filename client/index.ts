// The public names of millrace/client, one by one: everything else may change without notice.

export type { ClientErrorCode, ErrorPlace } from './client-error.ts'
export { ClientError } from './client-error.ts'
export type { BatchSendResult, OffsetRange } from './producer/batch-send.ts'
export type { RecordBytes, RecordHeaderInput } from './producer/batch-writer.ts'
export type { RecordMetadata } from './producer/deliveries.ts'
export { type CloseOptions, Producer, type SendOptions } from './producer/producer.ts'
export type { Partitioner, ProducerOptions } from './producer/producer-options.ts'
export type { MutableRecord, RecordEncoder, RecordSource } from './producer/record-source.ts'
export type { ProducerRecord } from './producer/topic-queue.ts'
export type { Transaction } from './producer/transaction.ts'
export type { GroupMetadata, TransactionalOffset } from './producer/transaction-coordinator.ts'
export { type Remedy, TransactionError } from './producer/transaction-error.ts'

// TransactionLogKey and TransactionLogValue: a record of __transaction_state.

import { array, int8, int16, int32, int64, nullable, string } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const transactionLogKey = message({
  key: 0,
  name: 'TransactionLogKey',
  versions: [0, 0],
  fields: { transactionalId: string.until(0) },
})

export const transactionLogValue = message({
  key: 0,
  name: 'TransactionLogValue',
  versions: [0, 1],
  flexible: 1,
  fields: {
    producerId: int64,
    previousProducerId: int64.since(1).tag(0).default(-1),
    nextProducerId: int64.since(1).tag(1).default(-1),
    producerEpoch: int16,
    nextProducerEpoch: int16.since(1).tag(3).default(-1),
    transactionTimeoutMs: int32,
    transactionStatus: int8,
    transactionPartitions: nullable(array({ topic: string, partitionIds: array(int32) })),
    transactionLastUpdateTimestampMs: int64,
    transactionStartTimestampMs: int64,
    clientTransactionVersion: int16.since(1).tag(2),
  },
})

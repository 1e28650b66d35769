// The marker that ends a transaction: the one record of a control batch of a producer.
// Source: MemoryRecords.withEndTransactionMarker, Kafka 4.3.0.

import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { baseOffsetOf, producerEpochOf, producerIdOf } from '../../protocol/records/batch-header.ts'
import { decodeControlRecord, encodeControlRecord } from '../../protocol/records/control-record.ts'
import { records } from '../../protocol/records/records.ts'
import type { Offset } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { ProducerMarker } from './producer-state.ts'

/** A marker to be written. */
export interface TransactionMarkerInput {
  readonly producerId: Int64
  readonly producerEpoch: number
  /** Of the transaction's coordinator. */
  readonly coordinatorEpoch: number
  readonly committed: boolean
}

/** The batch of a marker; the leader stamps offset and epoch. */
export function buildTransactionMarker(marker: TransactionMarkerInput, timestamp: Int64): Buffer {
  const { producerId, producerEpoch, coordinatorEpoch, committed } = marker
  const record = encodeControlRecord({ type: committed ? 'COMMIT' : 'ABORT', coordinatorEpoch })
  return buildBatch([{ ...record, timestamp }], { producerId, producerEpoch, transactional: true, control: true })
}

export interface TransactionMarker {
  readonly marker: ProducerMarker
  readonly offset: Offset
  readonly timestamp: Int64
}

/** Undefined: the control batch is empty or something else, such as a leader change. Throws DecodeError. */
export function readTransactionMarker(batch: Buffer): TransactionMarker | undefined {
  const [record] = records(batch)
  if (!record) return undefined
  const control = decodeControlRecord(record.key, record.value)
  if (control.type !== 'ABORT' && control.type !== 'COMMIT') return undefined
  const marker = {
    producerId: producerIdOf(batch),
    producerEpoch: producerEpochOf(batch),
    coordinatorEpoch: control.coordinatorEpoch,
    isAbort: control.type === 'ABORT',
  }
  return { marker, offset: baseOffsetOf(batch), timestamp: record.timestamp }
}

// Batches of the metadata log and of snapshots: encoded as Kafka's raft client writes them (uncompressed, create time, no
// producer), and taken apart again. Source: org.apache.kafka.raft.internals.BatchBuilder, RecordsIterator, Kafka 4.3.0.

import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import {
  baseOffsetOf,
  batchSizeOf,
  isControlBatch,
  lastOffsetOf,
  maxTimestampOf,
  partitionLeaderEpochOf,
} from '../../../protocol/records/batch-header.ts'
import { batches, checkBatch } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import type { LeaderEpoch, Offset } from '../../../protocol/types.ts'
import type { RaftRecord } from '../../raft/control-record.ts'
import type { RaftBatch } from '../../raft/quorum.ts'

/** The bytes of a batch. All records get the same timestamp, in milliseconds. */
export function encodeRaftBatch(batch: Omit<RaftBatch, 'isDurable'>, timestamp: number): Buffer {
  const { baseOffset, epoch, isControl, records } = batch
  return buildBatch(
    records.map(({ key, value }) => ({ key, value, timestamp })),
    { baseOffset, partitionLeaderEpoch: epoch, control: isControl },
  )
}

/** A batch as it was found. */
export interface StoredBatch {
  readonly baseOffset: Offset
  readonly lastOffset: Offset
  readonly epoch: LeaderEpoch
  readonly timestampMs: number
  readonly isControl: boolean
  readonly records: readonly RaftRecord[]
  readonly sizeBytes: number
}

/** The whole batches of a buffer, each checked. Throws DecodeError when one is damaged. */
export function* storedBatches(buffer: Buffer): Generator<StoredBatch, void, void> {
  for (const batch of batches(buffer)) {
    checkBatch(batch)
    yield {
      baseOffset: baseOffsetOf(batch),
      lastOffset: lastOffsetOf(batch),
      epoch: partitionLeaderEpochOf(batch),
      timestampMs: Number(maxTimestampOf(batch)),
      isControl: isControlBatch(batch),
      records: Array.from(records(batch), ({ key, value }) => ({ key, value: value ?? Buffer.alloc(0) })),
      sizeBytes: batchSizeOf(batch),
    }
  }
}

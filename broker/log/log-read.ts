// What reading a log answers.

import type { FilePart } from '../../io/net.ts'
import type { ProtocolError } from '../../protocol/errors.ts'
import type { LeaderEpoch, Offset } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'

export interface ReadOptions {
  readonly maxBytes: number
  /** Exclusive: the high watermark, the last stable offset or the log end offset. */
  readonly upTo: Offset
  /** The first batch is answered whole even if it is larger than maxBytes. */
  readonly atLeastOneBatch: boolean
  /** Collect the aborted transactions that touch what was read (read_committed). */
  readonly withAbortedTransactions?: boolean
}

export interface AbortedTransaction {
  readonly producerId: Int64
  readonly firstOffset: Offset
}

export interface ReadRange {
  readonly ok: true
  /** Undefined: nothing there (yet). Batches from the one that contains the offset; the last one may be cut, as in Kafka. */
  readonly part: FilePart | undefined
  readonly bytes: number
  readonly batchBaseOffset: Offset
  readonly abortedTransactions: readonly AbortedTransaction[]
  /** To be called once when the part has been given to `Connection.send`, or is not going to be: the file may then close. */
  readonly release: () => void
}

export interface ReadRefused {
  readonly ok: false
  /** OFFSET_OUT_OF_RANGE or KAFKA_STORAGE_ERROR. */
  readonly error: ProtocolError
}

export type LogRead = ReadRange | ReadRefused

export interface TimestampOffset {
  readonly timestamp: Int64
  readonly offset: Offset
  /** -1: not known. */
  readonly leaderEpoch: LeaderEpoch
}

/** What DescribeProducers tells of one producer. */
export interface ActiveProducer {
  readonly producerId: Int64
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: Int64
  readonly coordinatorEpoch: number
  /** -1: no transaction under way. */
  readonly currentTransactionStartOffset: Offset
}

/** An offset that the log does not have (any more). */
export class OffsetOutOfRangeError extends Error {
  readonly code = 'OFFSET_OUT_OF_RANGE'

  constructor(where: string, offset: Offset, start: Offset, end: Offset) {
    super(`${where} has offsets ${start} to ${end}, not ${offset}`)
    this.name = 'OffsetOutOfRangeError'
  }
}

// Reads one partition for a fetch: finds it, checks what the client believes about it, and answers a range of its log.
// Source: readFromLog of Kafka 4.3.0's ReplicaManager, readRecords of its Partition.

import type { FilePart } from '../../../io/net.ts'
import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { LeaderEpoch, Offset } from '../../../protocol/types.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { AbortedTransaction, LogRead } from '../../log/partition-log.ts'
import type { Partition } from '../../partition/partition.ts'
import type { Partitions } from '../../partition/partitions.ts'
import type { PartitionFetch } from './fetch-session.ts'

/** Who reads, and how far. */
export interface Reader {
  /** -1: a consumer, -2: a debugger, otherwise a follower. */
  readonly replicaId: number
  readonly readCommitted: boolean
}

export interface DivergingEpoch {
  readonly epoch: LeaderEpoch
  readonly endOffset: Offset
}

export interface PartitionRead {
  readonly error: ProtocolError
  readonly highWatermark: Offset
  readonly lastStableOffset: Offset
  logStartOffset: Offset
  /** Undefined: nothing to send. */
  readonly part: FilePart | undefined
  readonly bytes: number
  /** Null: not asked for. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null
  /** Where the client's log has parted from this one: it must truncate. */
  readonly divergingEpoch: DivergingEpoch | undefined
  /** Lets go of the part. */
  readonly release: (() => void) | undefined
}

const consumerReplicaId = -1

/** An answer without records, because of an error. */
export function refusedRead(error: ProtocolError): PartitionRead {
  return {
    error,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    part: undefined,
    bytes: 0,
    abortedTransactions: null,
    divergingEpoch: undefined,
    release: undefined,
  }
}

/** The partition to read, or why it cannot be. */
export function findPartition(
  partitions: Partitions,
  fetch: PartitionFetch,
  reader: Reader,
): Partition | ProtocolError {
  const found = partitions.leading(fetch.topic ?? '', fetch.index)
  if (found.error) return found.error
  const { partition } = found
  if (fetch.topicId !== zeroUuid && fetch.topicId !== partition.topicId) return errors.INCONSISTENT_TOPIC_ID
  const epochError = partition.checkLeaderEpoch(fetch.currentLeaderEpoch)
  if (epochError !== errors.NONE) return epochError
  if (reader.replicaId < 0) return partition
  // There are no followers here yet; whoever says that it is one is told what Kafka tells a replica it does not know.
  return fetch.currentLeaderEpoch === -1 ? errors.NOT_LEADER_OR_FOLLOWER : errors.UNKNOWN_LEADER_EPOCH
}

/** One past the last offset that the reader may see. */
export function visibleEnd(partition: Partition, reader: Reader): Offset {
  if (reader.replicaId !== consumerReplicaId) return partition.log.logEndOffset
  return reader.readCommitted ? partition.lastStableOffset : partition.highWatermark
}

/** A range of the log from the fetch's offset on. `atLeastOneBatch`: the first batch is answered whatever its size. */
export function readPartition(
  partition: Partition,
  fetch: PartitionFetch,
  reader: Reader,
  limitBytes: number,
  atLeastOneBatch: boolean,
): PartitionRead | Promise<PartitionRead> {
  const { log } = partition
  if (fetch.lastFetchedEpoch >= 0) {
    const parted = checkLastEpoch(partition, fetch)
    if (parted !== undefined) return parted
  }
  const withAbortedTransactions = reader.readCommitted && reader.replicaId === consumerReplicaId
  const { highWatermark, lastStableOffset, logStartOffset } = partition
  const answered = (read: LogRead): PartitionRead => {
    if (!read.ok) return refusedRead(read.error)
    const { part, bytes, abortedTransactions, release } = read
    return {
      error: errors.NONE,
      highWatermark,
      lastStableOffset,
      logStartOffset,
      part,
      bytes,
      abortedTransactions: withAbortedTransactions ? abortedTransactions : null,
      divergingEpoch: undefined,
      release,
    }
  }
  const read = log.read(fetch.fetchOffset, {
    maxBytes: Math.min(fetch.maxBytes, limitBytes),
    upTo: visibleEnd(partition, reader),
    atLeastOneBatch,
    withAbortedTransactions,
  })
  return read instanceof Promise ? read.then(answered) : answered(read)
}

/** Whether the client's log is a prefix of this one, by the epoch of its last record (KIP-320); undefined: it is. */
function checkLastEpoch(
  partition: Partition,
  { lastFetchedEpoch, fetchOffset }: PartitionFetch,
): PartitionRead | undefined {
  const { log, highWatermark, lastStableOffset, logStartOffset } = partition
  const end = log.endOffsetForEpoch(lastFetchedEpoch, log.logEndOffset)
  const isUnknown = end.leaderEpoch === -1 || end.endOffset === -1
  if (isUnknown || fetchOffset < logStartOffset) return refusedRead(errors.OFFSET_OUT_OF_RANGE)
  if (end.leaderEpoch >= lastFetchedEpoch && end.endOffset >= fetchOffset) return undefined
  const divergingEpoch = { epoch: end.leaderEpoch, endOffset: end.endOffset }
  return { ...refusedRead(errors.NONE), highWatermark, lastStableOffset, logStartOffset, divergingEpoch }
}

// What a transactional id stands for, and the steps it takes. Each step answers what the id is afterwards; nothing is changed.
//
// Invariant: a producer id and epoch that a client was told are given to nobody else; whoever has an older epoch is fenced.
// `producerEpoch` is the epoch of the latest step: with version 2 (KIP-890) every end of a transaction takes the next one, so
// that a batch of the transaction before can never be taken for one of the next.
// Source: Kafka 4.3.0's TransactionMetadata and TxnTransitMetadata.

import type { TopicPartition } from '../../../protocol/types.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import { noPartitions, type TransactionPartitions, withPartitions } from './transaction-partitions.ts'
import { mayFollow, type TransactionStatus } from './transaction-status.ts'

export interface Transaction {
  readonly transactionalId: string
  readonly producerId: Int64
  /** Of the step before: a client that repeats a request across a change of its producer id is known by it. */
  readonly previousProducerId: Int64
  /** What the producer gets with the completion, because its epochs are used up; -1: it keeps its own. */
  readonly nextProducerId: Int64
  /** -1: nobody was told of this producer id yet. */
  readonly producerEpoch: number
  /** Before the latest bump that the client asked for; -1: none. In no record: a new coordinator takes no repetitions for it. */
  readonly lastProducerEpoch: number
  readonly timeoutMs: number
  readonly status: TransactionStatus
  readonly partitions: TransactionPartitions
  /** -1: no transaction was begun. */
  readonly startMs: number
  readonly lastUpdateMs: number
  /** The transaction version that the client spoke at the latest step that tells: 0, 1 or 2. */
  readonly clientVersion: number
}

export const noProducerId = -1
export const noEpoch = -1
const epochMax = 0x7fff

/** The version from which on a transaction's end bumps the epoch. */
export const epochBumpVersion = 2

/** The last epochs are kept for fencing: a client is never given them. */
export const isExhausted = (producerEpoch: number): boolean => producerEpoch >= epochMax - 1

/** A transaction without a timeout: its client finishes it after a crash of its own (KIP-939). Only records of Kafka have it. */
export const isTwoPhase = ({ timeoutMs }: Transaction): boolean => timeoutMs === 0x7fff_ffff

export function newTransaction(transactionalId: string, producerId: Int64, timeoutMs: number, nowMs: number) {
  return {
    transactionalId,
    producerId,
    previousProducerId: noProducerId,
    nextProducerId: noProducerId,
    producerEpoch: noEpoch,
    lastProducerEpoch: noEpoch,
    timeoutMs,
    status: 'Empty',
    partitions: noPartitions,
    startMs: -1,
    lastUpdateMs: nowMs,
    clientVersion: 0,
  } as const satisfies Transaction
}

/** Throws when the step is not one that may be taken: whoever decides it has not looked. */
function step(from: Transaction, status: TransactionStatus, changes: Partial<Transaction>): Transaction {
  const to = { ...from, previousProducerId: from.producerId, ...changes, status }
  if (!mayFollow(from.status, status)) {
    throw new Error(`transactional id ${from.transactionalId} cannot go from ${from.status} to ${status}`)
  }
  if (to.producerId < 0 || to.producerEpoch < 0) {
    throw new Error(`transactional id ${from.transactionalId} has no producer id in ${status}`)
  }
  return to
}

const nothingBegun = { partitions: noPartitions, startMs: -1 } as const

/**
 * The next epoch for a producer that starts, or, with the epoch that it has (`expectedEpoch`), goes on after an error.
 * Undefined: its epoch is not the latest one, it is fenced.
 */
export function withNextEpoch(
  from: Transaction,
  timeoutMs: number,
  expectedEpoch: number | undefined,
  nowMs: number,
): Transaction | undefined {
  const { producerEpoch, lastProducerEpoch } = from
  const common = { ...nothingBegun, timeoutMs, lastUpdateMs: nowMs }
  const isLatest = expectedEpoch === undefined || producerEpoch === noEpoch || expectedEpoch === producerEpoch
  if (!isLatest) {
    // The request of a bump that was made, again: anybody who came since would have set the last epoch to -1.
    return expectedEpoch === lastProducerEpoch ? step(from, 'Empty', common) : undefined
  }
  if (isExhausted(producerEpoch)) throw new Error(`producer ${from.producerId} has no epoch after ${producerEpoch}`)
  const bumped = { ...common, producerEpoch: producerEpoch + 1 }
  return step(from, 'Empty', { ...bumped, lastProducerEpoch: expectedEpoch === undefined ? noEpoch : producerEpoch })
}

/** A new producer id, because the epochs of the old one are used up. */
export function withNewProducerId(
  from: Transaction,
  producerId: Int64,
  timeoutMs: number,
  isRequestedByOwner: boolean,
  nowMs: number,
): Transaction {
  const lastProducerEpoch = isRequestedByOwner ? from.producerEpoch : noEpoch
  const changes = { ...nothingBegun, producerId, producerEpoch: 0, lastProducerEpoch, timeoutMs, lastUpdateMs: nowMs }
  return step(from, 'Empty', changes)
}

export function withAddedPartitions(
  from: Transaction,
  added: readonly TopicPartition[],
  clientVersion: number,
  nowMs: number,
): Transaction {
  const startMs = from.status === 'Ongoing' ? from.startMs : nowMs
  const partitions = withPartitions(from.partitions, added)
  return step(from, 'Ongoing', { partitions, startMs, lastUpdateMs: nowMs, clientVersion })
}

export interface EndOptions {
  readonly committed: boolean
  readonly clientVersion: number
  /** What the producer gets when its epochs are used up by this end; -1: they are not. */
  readonly nextProducerId: Int64
  readonly nowMs: number
}

/** The outcome is decided, for ever. */
export function prepared(
  from: Transaction,
  { committed, clientVersion, nextProducerId, nowMs }: EndOptions,
): Transaction {
  const status = committed ? 'PrepareCommit' : 'PrepareAbort'
  // With version 2 a transaction can be aborted that nothing was added to: it begins with its end.
  const startMs = from.status === 'Ongoing' ? from.startMs : nowMs
  return step(from, status, {
    ...epochsAtEnd(from, clientVersion),
    startMs,
    nextProducerId,
    lastUpdateMs: nowMs,
    clientVersion,
  })
}

function epochsAtEnd({ producerEpoch, lastProducerEpoch }: Transaction, clientVersion: number) {
  if (clientVersion < epochBumpVersion) return { producerEpoch, lastProducerEpoch }
  return { producerEpoch: Math.min(producerEpoch + 1, epochMax), lastProducerEpoch: producerEpoch }
}

/**
 * Before version 2 a transaction that its producer does not end itself is aborted in the next epoch, which nobody is told:
 * what the producer sends from then on is refused.
 */
export function withFencingEpoch(from: Transaction): Transaction {
  return { ...from, producerEpoch: Math.min(from.producerEpoch + 1, epochMax), lastProducerEpoch: noEpoch }
}

/** All markers are written. */
export function completed(from: Transaction, nowMs: number): Transaction {
  const status = from.status === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort'
  const rotates = from.clientVersion >= epochBumpVersion && from.nextProducerId !== noProducerId
  const producer = rotates ? { producerId: from.nextProducerId, producerEpoch: 0 } : {}
  const changes = { ...producer, nextProducerId: noProducerId, partitions: noPartitions, lastUpdateMs: nowMs }
  return step(from, status, changes)
}

// EndTxn: a producer decides the outcome of its transaction. It is decided when the record is committed, which is when the
// producer is told; the markers follow. Source: Kafka 4.3.0's TransactionCoordinator (endTransaction, endTransactionWithTV1).
//
// From version 2 on (KIP-890) each end takes the next epoch, so that a request that comes again is known by its old one:
//
//                     abort: again  | abort            | commit: again | commit
//     Empty           fenced        | aborts nothing   | fenced        | INVALID_TXN_STATE
//     CompleteAbort   the same      | aborts nothing   | INVALID       | INVALID_TXN_STATE
//     CompleteCommit  INVALID       | aborts nothing   | the same      | INVALID_TXN_STATE
//
// Before, the same outcome as the last one is taken for its repetition.
//
// Different: where the last end did not take an epoch, because a client of an older version decided it, one epoch less is no
// repetition. Kafka tells a zombie of version 2 that its transaction was committed when the next producer's of version 1 was.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { Decision } from '../runtime/coordinator-state.ts'
import { type NeedsProducerId, needsProducerId } from './fence-producer.ts'
import type { ProducerIdAndEpoch } from './init-producer-id.ts'
import {
  completed,
  epochBumpVersion,
  isExhausted,
  noEpoch,
  noProducerId,
  prepared,
  type Transaction,
} from './transaction.ts'
import type { TransactionRecord } from './transaction-record.ts'
import type { TransactionState } from './transaction-state.ts'
import { isPrepared } from './transaction-status.ts'

export interface EndRequest extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly committed: boolean
  /** The transaction version that the client speaks. */
  readonly clientVersion: number
}

/** With which producer id and epoch the client goes on; -1: with the ones it has. */
export interface EndAnswer extends ProducerIdAndEpoch {
  readonly error: ProtocolError
}

const answer = (error: ProtocolError): EndAnswer => ({ error, producerId: noProducerId, producerEpoch: noEpoch })

/** `freshProducerId`: one that nobody has; undefined when none has been got yet. */
export function decideEnd(
  state: TransactionState,
  nowMs: number,
  request: EndRequest,
  freshProducerId: Int64 | undefined,
): Decision<EndAnswer | NeedsProducerId, TransactionRecord> {
  const transaction = state.transactions.get(request.transactionalId)
  if (transaction === undefined) return { response: answer(errors.INVALID_PRODUCER_ID_MAPPING) }
  return request.clientVersion < epochBumpVersion
    ? endInEpoch(state, transaction, request, nowMs)
    : endWithBump(state, transaction, request, nowMs, freshProducerId)
}

function endInEpoch(state: TransactionState, transaction: Transaction, request: EndRequest, nowMs: number) {
  const error = checkInEpoch(transaction, request)
  if (error !== errors.NONE || transaction.status !== 'Ongoing') return { response: answer(error) }
  const { committed } = request
  const end = { committed, clientVersion: 0, nextProducerId: noProducerId, nowMs }
  return state.moveTo(prepared(transaction, end), answer(errors.NONE))
}

function checkInEpoch(transaction: Transaction, request: EndRequest): ProtocolError {
  if (transaction.producerId !== request.producerId) return errors.INVALID_PRODUCER_ID_MAPPING
  if (transaction.producerEpoch !== request.producerEpoch) return errors.PRODUCER_FENCED
  const { status } = transaction
  if (isPrepared(status)) return errors.CONCURRENT_TRANSACTIONS
  if (status === 'Ongoing') return errors.NONE
  return status === (request.committed ? 'CompleteCommit' : 'CompleteAbort') ? errors.NONE : errors.INVALID_TXN_STATE
}

function endWithBump(
  state: TransactionState,
  transaction: Transaction,
  request: EndRequest,
  nowMs: number,
  freshProducerId: Int64 | undefined,
): Decision<EndAnswer | NeedsProducerId, TransactionRecord> {
  const { producerId, producerEpoch, status } = transaction
  if (isPrepared(status)) return { response: answer(errors.CONCURRENT_TRANSACTIONS) }
  const isAgain = isRepetition(transaction, request)
  if (!isAgain) {
    if (producerId !== request.producerId) return { response: answer(errors.INVALID_PRODUCER_ID_MAPPING) }
    if (producerEpoch !== request.producerEpoch) return { response: answer(errors.PRODUCER_FENCED) }
  }
  const isSame = status === (request.committed ? 'CompleteCommit' : 'CompleteAbort')
  if (isAgain)
    return { response: isSame ? { error: errors.NONE, producerId, producerEpoch } : answer(errors.INVALID_TXN_STATE) }
  if (request.committed && status !== 'Ongoing') return { response: answer(errors.INVALID_TXN_STATE) }
  const rotates = isExhausted(producerEpoch)
  if (rotates && freshProducerId === undefined) return { response: needsProducerId }
  const { committed, clientVersion } = request
  const nextProducerId = rotates ? freshProducerId! : noProducerId
  const next = prepared(transaction, { committed, clientVersion, nextProducerId, nowMs })
  const goesOnAs = completed(next, nowMs)
  return state.moveTo(next, {
    error: errors.NONE,
    producerId: goesOnAs.producerId,
    producerEpoch: goesOnAs.producerEpoch,
  })
}

/** The end that led to where the transaction is now, asked for again. */
function isRepetition(transaction: Transaction, { producerId, producerEpoch }: EndRequest): boolean {
  if (transaction.status !== 'CompleteCommit' && transaction.status !== 'CompleteAbort') return false
  if (transaction.clientVersion < epochBumpVersion) return false
  if (transaction.producerId === producerId) return transaction.producerEpoch === producerEpoch + 1
  const hasRotated = transaction.previousProducerId === producerId && transaction.producerEpoch === 0
  return hasRotated && isExhausted(producerEpoch)
}

/** All markers are written. False, when somebody has noted that already. */
export function decideComplete(
  state: TransactionState,
  nowMs: number,
  { transactionalId, producerId, producerEpoch }: Transaction,
): Decision<boolean, TransactionRecord> {
  const transaction = state.transactions.get(transactionalId)
  if (transaction === undefined || !isPrepared(transaction.status)) return { response: false }
  if (transaction.producerId !== producerId || transaction.producerEpoch !== producerEpoch) return { response: false }
  return state.moveTo(completed(transaction, nowMs), true)
}

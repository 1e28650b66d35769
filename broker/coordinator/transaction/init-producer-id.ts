// InitProducerId with a transactional id: a producer starts, or goes on after an error, and everybody who had the id before is
// fenced. Source: Kafka 4.3.0's TransactionCoordinator (handleInitProducerId, prepareInitProducerIdTransit).
//
// Different: the request of an owner that comes again when the epoch it was given is the last one gets that epoch again, where
// Kafka trips over itself (UNKNOWN_SERVER_ERROR).

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { Decision } from '../runtime/coordinator-state.ts'
import { fenced, type NeedsProducerId, needsProducerId } from './fence-producer.ts'
import {
  isExhausted,
  newTransaction,
  noEpoch,
  type Transaction,
  withNewProducerId,
  withNextEpoch,
} from './transaction.ts'
import type { TransactionRecord } from './transaction-record.ts'
import type { TransactionState } from './transaction-state.ts'
import { isPrepared } from './transaction-status.ts'

export interface ProducerIdAndEpoch {
  readonly producerId: Int64
  readonly producerEpoch: number
}

export interface InitRequest {
  readonly transactionalId: string
  readonly timeoutMs: number
  /** What the producer has; undefined: nothing, it starts. */
  readonly owned: ProducerIdAndEpoch | undefined
}

type Answer = ProducerIdAndEpoch | { readonly error: ProtocolError } | NeedsProducerId

/** `freshProducerId`: one that nobody has; undefined when none has been got yet. */
export function decideInit(
  state: TransactionState,
  nowMs: number,
  request: InitRequest,
  freshProducerId: Int64 | undefined,
): Decision<Answer, TransactionRecord> {
  const { transactionalId, timeoutMs, owned } = request
  const known = state.transactions.get(transactionalId)
  if (known === undefined && freshProducerId === undefined) return { response: needsProducerId }
  const transaction = known ?? newTransaction(transactionalId, freshProducerId!, timeoutMs, nowMs)
  if (isPrepared(transaction.status)) return { response: { error: errors.CONCURRENT_TRANSACTIONS } }
  if (owned !== undefined && !isOwner(transaction, owned)) return { response: { error: errors.PRODUCER_FENCED } }
  if (transaction.status === 'Ongoing') {
    const next = fenced(state, transaction, nowMs, freshProducerId)
    if ('needsProducerId' in next) return { response: next }
    // The epoch of this is told to nobody: the client comes again, and gets the next one.
    return state.moveTo(next, { error: errors.CONCURRENT_TRANSACTIONS })
  }
  const next = started(transaction, request, nowMs, freshProducerId)
  if (next === undefined) return { response: { error: errors.PRODUCER_FENCED } }
  return 'needsProducerId' in next ? { response: next } : state.moveTo(next, idAndEpochOf(next))
}

/** The epoch is looked at when the next one is taken. */
function isOwner({ producerEpoch, producerId, previousProducerId }: Transaction, owned: ProducerIdAndEpoch): boolean {
  // An id that was forgotten and has just been made anew, for a producer that goes on.
  if (producerEpoch === noEpoch || owned.producerId === producerId) return true
  // The request that took the last epoch of the previous producer id, again.
  return owned.producerId === previousProducerId && isExhausted(owned.producerEpoch)
}

function started(
  transaction: Transaction,
  { timeoutMs, owned }: InitRequest,
  nowMs: number,
  freshProducerId: Int64 | undefined,
): Transaction | NeedsProducerId | undefined {
  const { producerEpoch } = transaction
  const isLatest = owned === undefined || owned.producerEpoch === producerEpoch
  if (!isExhausted(producerEpoch) || !isLatest)
    return withNextEpoch(transaction, timeoutMs, owned?.producerEpoch, nowMs)
  if (freshProducerId === undefined) return needsProducerId
  return withNewProducerId(transaction, freshProducerId, timeoutMs, owned !== undefined, nowMs)
}

const idAndEpochOf = ({ producerId, producerEpoch }: Transaction): ProducerIdAndEpoch => ({ producerId, producerEpoch })

// What the producers' rules say to a batch that a leader is about to append.
// Source: Kafka 4.3.0's UnifiedLog.analyzeAndValidateProducerState.

import { errors } from '../../protocol/errors.ts'
import { isControlBatch, isTransactional, producerEpochOf, producerIdOf } from '../../protocol/records/batch-header.ts'
import type { Appended, AppendOptions, Refused } from './append-outcome.ts'
import { producerBatchAt } from './producer-rebuild.ts'
import type { ProducerState } from './producer-state.ts'
import { readTransactionMarker } from './transaction-marker.ts'
import type { VerificationEntry } from './transaction-verifications.ts'

/** Undefined: nothing to say against it. A batch that was appended before is answered with its offsets from then. */
export function checkProducer(
  state: ProducerState,
  batch: Buffer,
  options: AppendOptions,
): Refused | Appended | undefined {
  if (producerIdOf(batch) < 0) return undefined
  if (isControlBatch(batch)) return checkMarker(state, batch, options)
  const produced = producerBatchAt(batch, 0)
  const isClient = options.origin === 'client'
  if (isClient) {
    const earlier = state.findDuplicate(produced)
    if (earlier) {
      const { lastOffset, offsetDelta, timestamp } = earlier
      return { ok: true, baseOffset: lastOffset - offsetDelta, lastOffset, logAppendTimeMs: timestamp, duplicate: true }
    }
  }
  const unverified = isTransactional(batch) ? checkVerified(state, batch, options) : undefined
  return unverified ?? asRefused(state.checkData(produced, isClient))
}

function checkMarker(state: ProducerState, batch: Buffer, options: AppendOptions): Refused | undefined {
  const found = readTransactionMarker(batch)
  return found && asRefused(state.checkMarker(found.marker, options.transactionVersion ?? 0))
}

// A transaction may only begin here when its coordinator knows that this partition is part of it: nobody would end it.
function checkVerified(state: ProducerState, batch: Buffer, options: AppendOptions): Refused | undefined {
  const [producerId, epoch] = [producerIdOf(batch), producerEpochOf(batch)]
  if (state.hasOngoingTransaction(producerId, epoch)) return undefined
  const known = state.get(producerId)?.epoch ?? -1
  if (epoch < known) {
    const message = `epoch ${epoch} of producer ${producerId} is stale, the last one seen is ${known}`
    return { ok: false, error: errors.INVALID_PRODUCER_EPOCH, message }
  }
  if (isVerified(state.verifications.get(producerId), options)) return undefined
  const message = `the transaction of producer ${producerId} does not include this partition`
  return { ok: false, error: errors.INVALID_TXN_STATE, message }
}

// A guard that is not the producer's any more says nothing: the transaction that was asked about is over.
function isVerified(entry: VerificationEntry | undefined, { verification }: AppendOptions): boolean {
  return verification === 'disabled' || (verification !== undefined && verification === entry?.guard)
}

function asRefused(refusal: ReturnType<ProducerState['checkData']>): Refused | undefined {
  return refusal && { ok: false, ...refusal }
}

// Which producers are about to begin a transaction in a log, and have not been checked or been refused yet (KIP-890).
//
// A transaction may begin in a partition only when its coordinator knows that the partition is part of it, or nobody would
// ever end it. Asking takes time. A guard is given out before the question and must still be the producer's when the batch is
// appended: a marker that was written meanwhile takes it away, so that an answer from before the end of the transaction does
// not let a late batch begin the next one.
// Source: Kafka 4.3.0's VerificationStateEntry and VerificationGuard, and their part of ProducerStateManager.

import { subtractInt64 } from '../../protocol/records/int64-at.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'

/** Equal to itself only. */
export class VerificationGuard {}

export interface VerificationEntry {
  readonly guard: VerificationGuard
  readonly startedMs: number
  /** The client's transactions are of version 2, where each ends in an epoch of its own. */
  readonly bumpsEpoch: boolean
  readonly epoch: number
  /** Of the batches that wait: one with a higher sequence must not overtake it. */
  readonly lowestSequence: number
}

export class TransactionVerifications {
  readonly #entries = new Map<Int64, VerificationEntry>()

  get size(): number {
    return this.#entries.size
  }

  get(producerId: Int64): VerificationEntry | undefined {
    return this.#entries.get(producerId)
  }

  /** The guard for a batch; the same one for all that wait at a time. */
  start(
    producerId: Int64,
    batch: Pick<VerificationEntry, 'epoch' | 'bumpsEpoch'> & { sequence: number },
    nowMs: number,
  ) {
    const { epoch, bumpsEpoch, sequence } = batch
    const known = this.#entries.get(producerId)
    const entry = known
      ? { ...known, ...lowest(known, epoch, sequence) }
      : { guard: new VerificationGuard(), startedMs: nowMs, bumpsEpoch, epoch, lowestSequence: sequence }
    this.#entries.set(producerId, entry)
    return entry.guard
  }

  /** A batch of a transaction, or its marker, was appended. */
  noteAppended(producerId: Int64, producerEpoch: number, isMarker: boolean): void {
    const entry = this.#entries.get(producerId)
    if (entry === undefined) return
    // The marker has the epoch in which the next transaction is written: what waits belongs to that one already.
    const isNext = entry.bumpsEpoch && isMarker && producerEpoch === entry.epoch
    if (!isNext) this.#entries.delete(producerId)
  }

  removeExpired(nowMs: number, expirationMs: number): void {
    for (const [producerId, { startedMs }] of this.#entries) {
      if (subtractInt64(nowMs, startedMs) >= expirationMs) this.#entries.delete(producerId)
    }
  }

  clear(): void {
    this.#entries.clear()
  }
}

function lowest(known: VerificationEntry, epoch: number, sequence: number) {
  if (epoch > known.epoch) return { epoch, lowestSequence: sequence }
  const isLower = epoch === known.epoch && sequence < known.lowestSequence
  return { epoch: known.epoch, lowestSequence: isLower ? sequence : known.lowestSequence }
}

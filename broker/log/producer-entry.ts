// What a log knows of one producer: its epoch, its last five batches, its transaction.
//
// Five, because an idempotent producer has at most five requests in flight: a batch that comes again is among them.
// Source: Kafka 4.3.0's ProducerStateEntry and BatchMetadata.

import { decrementSequence, noProducerEpoch, noSequence, noTimestamp } from '../../protocol/records/batch-header.ts'
import type { Offset } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'

export const retainedBatches = 5

/** A batch that a producer has appended. */
export interface ProducedBatch {
  readonly lastSequence: number
  readonly lastOffset: Offset
  /** lastOffset - baseOffset, and as much between the sequences. */
  readonly offsetDelta: number
  readonly timestamp: Int64
}

/** Kafka's "no transaction". */
export const noTransaction = -1

export class ProducerEntry {
  readonly producerId: Int64
  epoch = noProducerEpoch
  coordinatorEpoch = -1
  lastTimestamp: Int64 = noTimestamp
  /** Where the transaction under way begins; -1: none. */
  currentTransactionFirstOffset: Offset = noTransaction
  /** Oldest first. */
  readonly batches: ProducedBatch[] = []

  constructor(producerId: Int64) {
    this.producerId = producerId
  }

  get lastSequence(): number {
    return this.batches.at(-1)?.lastSequence ?? noSequence
  }

  get lastOffset(): Offset {
    return this.batches.at(-1)?.lastOffset ?? -1
  }

  get lastOffsetDelta(): number {
    return this.batches.at(-1)?.offsetDelta ?? 0
  }

  /** The remembered batch with exactly these sequences, if it is one of this epoch. */
  findBatch(epoch: number, baseSequence: number, lastSequence: number): ProducedBatch | undefined {
    if (epoch !== this.epoch) return undefined
    for (const batch of this.batches) {
      if (batch.lastSequence !== lastSequence) continue
      if (decrementSequence(batch.lastSequence, batch.offsetDelta) === baseSequence) return batch
    }
    return undefined
  }

  addBatch(epoch: number, batch: ProducedBatch): void {
    this.#moveToEpoch(epoch)
    if (this.batches.length === retainedBatches) this.batches.shift()
    this.batches.push(batch)
    this.lastTimestamp = batch.timestamp
  }

  /** A transaction marker: the transaction is over. */
  endTransaction(epoch: number, coordinatorEpoch: number, timestamp: Int64): void {
    this.#moveToEpoch(epoch)
    this.coordinatorEpoch = coordinatorEpoch
    this.lastTimestamp = timestamp
    this.currentTransactionFirstOffset = noTransaction
  }

  #moveToEpoch(epoch: number): void {
    if (this.epoch === epoch) return
    this.epoch = epoch
    this.batches.length = 0
  }
}

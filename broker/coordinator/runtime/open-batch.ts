// The records that go to the log with the next append, as one batch.

import { BatchBuilder } from '../../../protocol/records/batch-builder.ts'
import { noProducerEpoch, noProducerId } from '../../../protocol/records/batch-header.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { KeyValue, TransactionOfRecords } from './coordinator-state.ts'

export class OpenBatch {
  readonly baseOffset: Offset
  /** Undefined: the records stand for themselves. */
  readonly transaction: TransactionOfRecords | undefined
  readonly #builder: BatchBuilder

  constructor(baseOffset: Offset, transaction?: TransactionOfRecords) {
    this.baseOffset = baseOffset
    this.transaction = transaction
    // Kafka's coordinators number their records from 0, though nobody looks at that.
    const { producerId, producerEpoch } = transaction ?? { producerId: noProducerId, producerEpoch: noProducerEpoch }
    const transactional = transaction !== undefined
    this.#builder = new BatchBuilder({ baseSequence: 0, producerId, producerEpoch, transactional })
  }

  /** The offset that the next record gets, if nobody else appends to the log. */
  get nextOffset(): Offset {
    return this.baseOffset + this.#builder.count
  }

  get sizeInBytes(): number {
    return this.#builder.sizeInBytes
  }

  add({ key, value }: KeyValue, timestampMs: number): void {
    this.#builder.append({ key, value, timestamp: timestampMs })
  }

  /** Offsets and leader epoch are stamped by the log. */
  build(): Buffer {
    return this.#builder.build()
  }
}

// The records that go to the log with the next append, as one batch.

import { BatchBuilder } from '../../../protocol/records/batch-builder.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { KeyValue } from './coordinator-state.ts'

export class OpenBatch {
  readonly baseOffset: Offset
  /** Kafka's coordinators number their records from 0, though without a producer id nobody looks at that. */
  readonly #builder = new BatchBuilder({ baseSequence: 0 })

  constructor(baseOffset: Offset) {
    this.baseOffset = baseOffset
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

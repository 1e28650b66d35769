// Metadata transactions (KIP-868): the records between BeginTransaction and EndTransaction count when the end is there, and
// never after an AbortTransaction. Kafka writes its first records this way, and large user operations.
//
// Limit: a transaction is held in memory until it ends, as in Kafka.

import { type MetadataRecord, MetadataRecordError } from '../metadata-record.ts'

export class TransactionBuffer {
  #held: MetadataRecord[] | undefined

  /** Whether a transaction has begun and not ended. */
  get isOpen(): boolean {
    return this.#held !== undefined
  }

  /** Takes the next record and answers those that count now. */
  take(record: MetadataRecord): readonly MetadataRecord[] {
    switch (record.type) {
      case 'beginTransaction':
        if (this.#held) throw new MetadataRecordError('a metadata transaction begins within another')
        this.#held = []
        return []
      case 'endTransaction':
        return this.#end('ends')
      case 'abortTransaction':
        this.#end('is aborted')
        return []
      default:
        if (!this.#held) return [record]
        this.#held.push(record)
        return []
    }
  }

  #end(what: string): readonly MetadataRecord[] {
    const held = this.#held
    if (!held) throw new MetadataRecordError(`a metadata transaction ${what} that never began`)
    this.#held = undefined
    return held
  }
}

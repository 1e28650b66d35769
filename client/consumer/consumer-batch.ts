// What a consumer is given at a time: records of one partition, in order, as views of the bytes that the broker sent.
// Three ways to read it, all in the order of the offsets, each as often as one likes:
//
//   for (const record of batch) ...          an object for each record, its parts decoded when asked for
//   batch.forEach(cursor => ...)             no object at all: the cursor stands on one record after the other
//   const cursor = batch.cursor()            the same, in the reader's own loop: while (cursor.next()) ...
//
// A batch is read before the next one is asked for (afterwards BATCH_OVER), unless `keep` was called, or a record or view made of it:
// those stay for as long as they are held.

import { baseOffsetOf, lastOffsetOf, magicOf, recordCountOf } from '../../protocol/records/batch-header.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'
import { ClientError } from '../client-error.ts'
import { ConsumerRecord } from './consumer-record.ts'
import { RecordCursor, type StoredBatches } from './record-cursor.ts'

/** What the broker said of the partition along with the records. */
export interface PartitionMarks {
  /** The end of what all in-sync replicas have. */
  readonly highWatermark: number
  /** The end of what is not part of a transaction under way; -1 when the broker does not say. */
  readonly lastStableOffset: number
  /** The first offset there is; -1 when the broker does not say. */
  readonly logStartOffset: number
}

export interface ConsumerBatchOptions extends StoredBatches {
  readonly topic: string
  readonly partition: number
  readonly marks: PartitionMarks
  readonly nextOffset: number
  readonly leaderEpoch: number
  /** What a reader who is at `nextOffset` has reached when there is nothing left to read. */
  readonly endOffset: number
  /** Which time of owning the partition this is, where a group assigned it. */
  readonly ownership: number | undefined
  /**
   * Told of records that cannot be read, from an offset to before another: the rest of their stored batch. True: they are left
   * out; false: the error is thrown.
   */
  readonly onUnreadable: (error: ClientError, fromOffset: number, toOffset: number) => boolean
}

export class ConsumerBatch implements Iterable<ConsumerRecord> {
  readonly topic: string
  readonly partition: number
  /** Behind all of it: what to commit when it is processed. */
  readonly nextOffset: number
  /** Of the last record, for commits; -1 when the broker does not say. */
  readonly leaderEpoch: number
  readonly marks: PartitionMarks
  readonly ownership: number | undefined
  readonly #options: ConsumerBatchOptions
  #count: number | undefined
  #firstOffset: number | undefined

  constructor(options: ConsumerBatchOptions) {
    this.topic = options.topic
    this.partition = options.partition
    this.nextOffset = options.nextOffset
    this.leaderEpoch = options.leaderEpoch
    this.marks = options.marks
    this.ownership = options.ownership
    this.#options = options
  }

  /** Offset of the first record; the position itself when none of the batch's records is left (compaction). */
  get firstOffset(): number {
    this.#firstOffset ??= this.#findFirst()
    return this.#firstOffset
  }

  /** The last offset that the batch covers: that of the last record, unless compaction has taken it. */
  get lastOffset(): number {
    const { bytes, positions } = this.#options
    return lastOffsetOf(bytes, positions.at(-1)!)
  }

  /** Records to be shown. What headers say; the first stored batch is looked into when it begins before the position. */
  get count(): number {
    this.#count ??= this.#countAll()
    return this.#count
  }

  /** Bytes of the stored batches, compressed as they came. */
  get sizeInBytes(): number {
    return this.#options.bytes.length
  }

  get highWatermark(): number {
    return this.marks.highWatermark
  }

  /** Records that were behind this batch when it was fetched, counted in offsets; with read_committed, committed ones. */
  get lag(): number {
    return Math.max(0, this.#options.endOffset - this.nextOffset)
  }

  /** Where it begins to be shown: the position it was fetched for, or what it was cut to. */
  get fromOffset(): number {
    return this.#options.fromOffset
  }

  /** What is left of it from an offset on. */
  from(offset: number): ConsumerBatch {
    return new ConsumerBatch({ ...this.#options, fromOffset: Math.max(offset, this.#options.fromOffset) })
  }

  /** It can be read for as long as it is held, and keeps the whole fetch answer in memory. */
  keep(): this {
    const { lender } = this.#options
    if (lender !== undefined) lender.isKept = true
    return this
  }

  /** A cursor before the first record. */
  cursor(): BatchCursor {
    return new BatchCursor(this.#options)
  }

  /** Calls with a cursor that stands on each record in turn; what it answers is valid during the call, views also after it. */
  forEach(visit: (cursor: RecordCursor) => void): void {
    const cursor = this.cursor()
    while (cursor.next()) visit(cursor)
  }

  *[Symbol.iterator](): Iterator<ConsumerRecord, void, void> {
    const cursor = this.cursor()
    while (cursor.next()) yield new ConsumerRecord(this.topic, this.partition, cursor)
  }

  #countAll(): number {
    const { bytes, positions, fromOffset } = this.#options
    let count = 0
    for (const position of positions) {
      if (magicOf(bytes, position) < 2 || baseOffsetOf(bytes, position) < fromOffset) return this.#countByWalking()
      count += recordCountOf(bytes, position)
    }
    return count
  }

  #countByWalking(): number {
    let count = 0
    for (const cursor = this.cursor(); cursor.next(); ) count += 1
    return count
  }

  #findFirst(): number {
    const cursor = this.cursor()
    return cursor.next() ? cursor.offset : this.#options.fromOffset
  }
}

/** The cursor of a batch: what cannot be read becomes the client's error, which names topic, partition and offset. */
export class BatchCursor extends RecordCursor {
  readonly #options: ConsumerBatchOptions

  constructor(options: ConsumerBatchOptions) {
    super(options)
    this.#options = options
  }

  /** Moves to the next record, false behind the last one. Throws BATCH_OVER, and CORRUPT_MESSAGE unless such records are to be skipped. */
  override next(): boolean {
    if (this.#options.lender?.isOver) throw this.#over()
    for (;;) {
      try {
        return super.next()
      } catch (cause) {
        if (!(cause instanceof DecodeError)) throw cause
        const { fromOffset, onUnreadable } = this.#options
        const error = this.#unreadable(cause)
        if (!onUnreadable(error, Math.max(this.offset + 1, fromOffset), this.batchEnd)) throw error
        this.skipBatch()
      }
    }
  }

  #over(): ClientError {
    const { topic, partition, fromOffset } = this.#options
    return new ClientError('BATCH_OVER', `the batch from offset ${fromOffset} was processed`, { topic, partition })
  }

  #unreadable(cause: DecodeError): ClientError {
    const { topic, partition, fromOffset } = this.#options
    const offset = Math.max(this.offset + 1, fromOffset)
    return new ClientError('CORRUPT_MESSAGE', `the record at offset ${offset} cannot be read (${cause.message})`, {
      topic,
      partition,
      retriable: false,
      cause,
      help: `seek beyond its batch (to ${this.batchEnd}), or set onCorrupt: 'skip'`,
    })
  }
}

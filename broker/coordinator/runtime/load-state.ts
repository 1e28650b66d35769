// Brings a coordinator's state to what its partition's log says: every record from the log start on is applied, in order.
//
// A record of a type that this version does not know is skipped, as Kafka does: it may be left from a newer version. A record
// that cannot be read, or that contradicts the state, ends the loading: going on without it would answer wrongly.
// Source: Kafka 4.3.0's CoordinatorLoaderImpl.

import type { Clock } from '../../../io/clock.ts'
import type { Logger } from '../../../io/logger.ts'
import { errors } from '../../../protocol/errors.ts'
import type { Offset } from '../../../protocol/types.ts'
import { type CoordinatorBatch, type CoordinatorLogRecord, readBatches } from './coordinator-batch.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import type { CoordinatorState, RecordCodec } from './coordinator-state.ts'
import type { Timeline } from './timeline.ts'

/** Read at once; one read is applied in one turn. */
const loadBytes = 1 << 20

export interface LoadOptions<Record> {
  readonly topic: string
  readonly partition: number
  readonly log: CoordinatorLog
  readonly codec: RecordCodec<Record>
  readonly state: CoordinatorState<Record>
  readonly timeline: Timeline
  readonly clock: Clock
  readonly logger: Logger
  /** False: the leadership ended meanwhile, loading stops. */
  readonly isWanted: () => boolean
}

export interface LoadSummary {
  readonly records: number
  readonly bytes: number
  readonly milliseconds: number
  /** Records of unknown types, by type. */
  readonly skipped: { readonly [recordType: number]: number }
}

/** A record that cannot be applied: where it is, and why. */
export class LoadError extends Error {
  readonly code = 'COORDINATOR_LOAD_FAILED'

  constructor(place: string, cause: unknown) {
    super(`${place}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'LoadError'
  }
}

/** Rejects with a LoadError, or with the DiskError of the log. */
export async function loadState<Record>(options: LoadOptions<Record>): Promise<LoadSummary> {
  const { log, clock, isWanted } = options
  const startMs = clock.monotonicMs()
  const loader = new Loader(options)
  let offset = log.logStartOffset
  while (isWanted() && offset < log.nextOffset) {
    const bytes = await log.readBytes(offset, loadBytes)
    if (!isWanted()) break
    if (bytes.length === 0) await written(log)
    else offset = loader.apply(bytes, offset)
  }
  return { ...loader.counts, milliseconds: Math.round(clock.monotonicMs() - startMs) }
}

/** The end of the log is assigned but not written yet. */
function written(log: CoordinatorLog): Promise<void> {
  return new Promise((resolve, reject) => {
    log.whenCommitted(log.nextOffset - 1, error => {
      if (error === errors.NONE) resolve()
      else reject(new Error('the end of the log was not written'))
    })
  })
}

class Loader<Record> {
  readonly #options: LoadOptions<Record>
  #records = 0
  #bytes = 0
  readonly #skipped: { [recordType: number]: number } = {}

  constructor(options: LoadOptions<Record>) {
    this.#options = options
  }

  get counts(): Omit<LoadSummary, 'milliseconds'> {
    return { records: this.#records, bytes: this.#bytes, skipped: this.#skipped }
  }

  /** Applies the batches that hold `from` and what follows; answers the offset after the last one. */
  apply(bytes: Buffer, from: Offset): Offset {
    const { timeline, log } = this.#options
    let next = from
    try {
      for (const batch of readBatches(bytes)) {
        timeline.committedOffset = Math.max(timeline.committedOffset, log.highWatermark)
        this.#applyBatch(batch)
        next = batch.lastOffset + 1
      }
    } catch (cause) {
      throw cause instanceof LoadError ? cause : new LoadError(this.#place(next, 'the batch at'), cause)
    }
    this.#bytes += bytes.length
    return next
  }

  #applyBatch(batch: CoordinatorBatch): void {
    for (const record of batch.records) {
      this.#records++
      this.#options.timeline.offset = record.offset
      try {
        if (batch.transactionEnd === undefined) this.#applyRecord(batch, record)
        else this.#options.state.endTransaction(batch.producerId, batch.transactionEnd === 'commit')
      } catch (cause) {
        throw new LoadError(this.#place(record.offset, 'the record at'), cause)
      }
    }
  }

  #applyRecord(batch: CoordinatorBatch, { offset, key, value }: CoordinatorLogRecord): void {
    const { codec, state } = this.#options
    const record = codec.decode(key, value)
    if (typeof record === 'number') this.#skip(record, offset)
    else state.apply(record, { offset, producerId: batch.producerId, producerEpoch: batch.producerEpoch })
  }

  #skip(recordType: number, offset: Offset): void {
    const count = this.#skipped[recordType] ?? 0
    this.#skipped[recordType] = count + 1
    const { topic, partition, logger } = this.#options
    const text = `${this.#place(offset, 'the record at')} has type ${recordType}, which this version does not know: it and others of its type stay in the log and are ignored`
    if (count === 0) logger.warn({ topic, partition, offset, recordType }, text)
  }

  #place(offset: Offset, what: string): string {
    return `${what} offset ${offset} of ${this.#options.topic}-${this.#options.partition}`
  }
}

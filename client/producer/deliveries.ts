// Who waits for the records of one batch: for a single record each with a promise of its own, or for a run of records that is
// part of a `sendBatch`. Kept in arrays side by side, so that a record costs its promise and nothing else.

import type { Int64 } from '../../protocol/wire/int64.ts'
import type { BatchSend } from './batch-send.ts'

/** Where a record is, once it is acknowledged. */
export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  /** -1 when the broker was not asked for it (acks 0), or does not remember (it had the record already, from long ago). */
  readonly offset: number
  /** The broker's time where the topic stamps records itself, otherwise the record's own. */
  readonly timestampMs: Int64
}

export type Resolve = (metadata: RecordMetadata) => void
export type Reject = (error: Error) => void

/** What a broker answered for a whole batch. */
export interface Acknowledged {
  readonly topic: string
  readonly partition: number
  /** -1 when not known. */
  readonly baseOffset: number
  /** -1 when the records keep their own time. */
  readonly logAppendTimeMs: Int64
}

/** Records `[first, first + count)` of a batch that belong to one call. */
interface Run {
  readonly send: BatchSend
  readonly first: number
  count: number
}

export class Deliveries {
  readonly #indexes: number[] = []
  readonly #timestamps: Int64[] = []
  readonly #resolves: Resolve[] = []
  readonly #rejects: Reject[] = []
  readonly #runs: Run[] = []

  /** A record of the batch that somebody waits for. */
  addRecord(index: number, timestamp: Int64, resolve: Resolve, reject: Reject): void {
    this.#indexes.push(index)
    this.#timestamps.push(timestamp)
    this.#resolves.push(resolve)
    this.#rejects.push(reject)
  }

  /** A record of the batch that belongs to a call with many. */
  addToRun(send: BatchSend, index: number): void {
    const last = this.#runs.at(-1)
    if (last !== undefined && last.send === send && last.first + last.count === index) {
      last.count += 1
      return
    }
    send.begin()
    this.#runs.push({ send, first: index, count: 1 })
  }

  succeed(where: Acknowledged): void {
    const { topic, partition, baseOffset, logAppendTimeMs } = where
    const isStamped = typeof logAppendTimeMs === 'bigint' || logAppendTimeMs >= 0
    for (let i = 0; i < this.#indexes.length; i++) {
      const offset = baseOffset < 0 ? -1 : baseOffset + this.#indexes[i]!
      const timestampMs = isStamped ? logAppendTimeMs : this.#timestamps[i]!
      this.#resolves[i]!({ topic, partition, offset, timestampMs })
    }
    for (const { send, first, count } of this.#runs) {
      send.onAcknowledged({ partition, baseOffset: baseOffset < 0 ? -1 : baseOffset + first, count })
    }
    this.#clear()
  }

  /** `errorOf` is asked for each record, by its index in the batch. */
  fail(errorOf: (index: number) => Error): void {
    for (let i = 0; i < this.#indexes.length; i++) this.#rejects[i]!(errorOf(this.#indexes[i]!))
    for (const { send, first, count } of this.#runs) send.onFailed(runError(errorOf, first, count))
    this.#clear()
  }

  /** Those of the records before an index, and those of the rest, counted from there; nobody waits here any more. */
  split(index: number): [Deliveries, Deliveries] {
    const parts: [Deliveries, Deliveries] = [new Deliveries(), new Deliveries()]
    for (let i = 0; i < this.#indexes.length; i++) {
      const at = this.#indexes[i]!
      const part = at < index ? parts[0] : parts[1]
      part.addRecord(at < index ? at : at - index, this.#timestamps[i]!, this.#resolves[i]!, this.#rejects[i]!)
    }
    for (const run of this.#runs) splitRun(run, index, parts)
    this.#clear()
    return parts
  }

  #addRun(run: Run): void {
    this.#runs.push(run)
  }

  #clear(): void {
    for (const array of [this.#indexes, this.#timestamps, this.#resolves, this.#rejects, this.#runs]) array.length = 0
  }

  static addRun(deliveries: Deliveries, run: Run): void {
    deliveries.#addRun(run)
  }
}

function splitRun({ send, first, count }: Run, index: number, [before, behind]: [Deliveries, Deliveries]): void {
  const countBefore = Math.min(count, Math.max(0, index - first))
  if (countBefore > 0) Deliveries.addRun(before, { send, first, count: countBefore })
  if (countBefore === count) return
  // One run has become two, each of which is answered.
  if (countBefore > 0) send.begin()
  Deliveries.addRun(behind, { send, first: Math.max(0, first - index), count: count - countBefore })
}

/** Of a run the error that is a record's own, if there is one: that of the batch says less. */
function runError(errorOf: (index: number) => Error, first: number, count: number): Error {
  const whole = errorOf(-1)
  for (let index = first; index < first + count; index++) {
    const error = errorOf(index)
    if (error !== whole) return error
  }
  return whole
}

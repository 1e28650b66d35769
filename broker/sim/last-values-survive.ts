// Of a compacted partition whoever reads it from its start to its end finds the last value of each key; what else is left stands
// at its old offset with its old content; and a deleted key's tombstone can be read for as long as was promised.
// Invariant: a record that was promised is there, or a later one of its key, or it is a tombstone whose time is over. A record of
// a transaction is promised when that is committed. Source: Kafka's documentation of log compaction, KIP-534.

import type { Violation } from './violation.ts'

export interface KeyedRecord {
  readonly offset: number
  readonly key: string
  /** Null: a tombstone. */
  readonly value: string | null
}

export interface CompactedScan {
  /** In the order in which they were read; up to where nothing more was to be read. */
  readonly records: readonly KeyedRecord[]
  /** Behind the last one that could be read. */
  readonly endOffset: number
  /** When the scan was done, by the clock of `send`. */
  readonly nowMs: number
}

export interface Promised extends KeyedRecord {
  readonly sentMs: number
}

export class LastValuesSurvive {
  readonly #place: string
  readonly #tombstoneMs: number
  /** By key, then by value: when it was first sent. */
  readonly #sent = new Map<string, Map<string | null, number>>()
  readonly #byOffset = new Map<number, KeyedRecord>()
  /** By key. */
  readonly #last = new Map<string, Promised>()

  /** `tombstoneMs`: for how long a tombstone is to be seen at least, from when it was sent on. */
  constructor(place: string, tombstoneMs: number) {
    this.#place = place
    this.#tombstoneMs = tombstoneMs
  }

  /** It is on its way: from now on it may be stored, whatever is answered. */
  send(key: string, value: string | null, nowMs: number): void {
    const values = this.#sent.get(key) ?? new Map<string | null, number>()
    this.#sent.set(key, values)
    if (!values.has(value)) values.set(value, nowMs)
  }

  /** It is stored for good. `sentMs`: not before then; left out where that is not known. */
  promise(record: KeyedRecord, sentMs = 0): Violation[] {
    const before = this.#last.get(record.key)
    if (before === undefined || before.offset < record.offset) this.#last.set(record.key, { ...record, sentMs })
    return this.#compare(record)
  }

  /** What there must be when a scan that begins now is done. */
  get promised(): ReadonlyMap<string, Promised> {
    return new Map(this.#last)
  }

  /** `before`: `promised` when the scan began. */
  checkScan({ records, endOffset, nowMs }: CompactedScan, before: ReadonlyMap<string, Promised>): Violation[] {
    const violations = records.flatMap((record, at) => {
      const follows = at === 0 || records[at - 1]!.offset < record.offset
      const what = `${this.#place}: record ${record.offset} follows ${records[at - 1]?.offset}`
      return follows ? this.#compare(record) : [{ name: 'offsetUsedTwice', what }]
    })
    const found = new Map(records.map(record => [record.key, record]))
    for (const promised of before.values()) {
      if (promised.offset >= endOffset) continue
      const last = found.get(promised.key)
      if (last !== undefined && last.offset >= promised.offset) continue
      violations.push(...this.#missing(promised, last, nowMs))
    }
    return violations
  }

  #missing({ key, value, offset, sentMs }: Promised, last: KeyedRecord | undefined, nowMs: number): Violation[] {
    const found = last === undefined ? 'nothing' : `record ${last.offset}`
    const what = `${this.#place}: of key ${key} there is ${found}, record ${offset} was promised`
    // An older value that is there again is never right.
    if (last !== undefined) return [{ name: 'lastValueLost', what }]
    // Of a value it is not known which tombstone may have come behind it: any of the key excuses it when its time is over.
    const tombstoneSentMs = value === null ? sentMs : this.#sent.get(key)?.get(null)
    if (tombstoneSentMs !== undefined && nowMs >= tombstoneSentMs + this.#tombstoneMs) return []
    return [{ name: value === null ? 'tombstoneGoneEarly' : 'lastValueLost', what }]
  }

  /** What stands at an offset is what was sent, and stays the same. */
  #compare(record: KeyedRecord): Violation[] {
    const { offset, key, value } = record
    const known = this.#byOffset.get(offset)
    if (known !== undefined && (known.key !== key || known.value !== value)) {
      const what = `${this.#place}: ${offset} is ${key} = ${value}, and was ${known.key} = ${known.value}`
      return [{ name: 'recordsChanged', what }]
    }
    this.#byOffset.set(offset, record)
    if (this.#sent.get(key)?.has(value)) return []
    return [{ name: 'recordsNeverWritten', what: `${this.#place}: nobody sent ${key} = ${value} (${offset})` }]
  }
}

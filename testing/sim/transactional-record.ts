// A record as transactions of the simulation write it: which item of which transaction it is stands in a header, so that a
// tombstone can be told apart from others, too.

import type { RecordView } from '../../protocol/records/record.ts'

export interface TransactionalRecord {
  /** Unique, see OneOutcome. */
  readonly item: string
  readonly key: string | null
  readonly value: string | null
  /** What it is a copy of: `topic-partition@offset`. */
  readonly source?: string
}

const shortLength = 40
const itemHeader = 'item'
const sourceHeader = 'source'

export function recordInput({ item, key, value, source }: TransactionalRecord, timestamp: number) {
  const headers = [{ key: itemHeader, value: Buffer.from(item) }]
  if (source !== undefined) headers.push({ key: sourceHeader, value: Buffer.from(source) })
  return { key: bytesOf(key), value: bytesOf(value), timestamp, headers }
}

/** Undefined: no transaction of the simulation wrote it. */
export function itemOf({ headers }: RecordView): string | undefined {
  return headers.find(({ key }) => key === itemHeader)?.value?.toString()
}

export function sourceOf({ headers }: RecordView): string | undefined {
  return headers.find(({ key }) => key === sourceHeader)?.value?.toString()
}

/** The beginning of a value, which is different for each: all of it would be kept for every record of a run. */
export function shortValue(value: Buffer | string | null): string | null {
  if (value === null) return null
  return typeof value === 'string' ? value.slice(0, shortLength) : value.toString('latin1', 0, shortLength)
}

const bytesOf = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'latin1'))

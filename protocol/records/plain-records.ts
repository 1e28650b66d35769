// The quick walk over the records of a batch: those that are all as most are. 6 ns a record in place of 20, because nothing
// leaves the function and no position is stored. Whoever is not plain is walked again with all that may be (check-records.ts),
// so here a doubt is an answer, and no error is found that the other walk would not find.
// Plain: no headers, offset deltas 0, 1, 2 and so on, each length and delta in at most three bytes and no more than it needs.

/** What the records of a batch may be without a closer look. */
export interface PlainRules {
  /** Timestamp deltas, both allowed themselves; NaN allows none. */
  readonly deltaMin: number
  readonly deltaMax: number
  readonly keysRequired: boolean
}

/** The answer when there is a doubt; no delta of three bytes reaches it. */
export const notPlain = -(2 ** 31)

/** The largest timestamp delta of the records, which fill `bytes` exactly; or `notPlain`. At least one record. */
export function largestPlainDelta(bytes: Buffer, count: number, rules: PlainRules): number {
  const { deltaMin, deltaMax, keysRequired } = rules
  let largest = notPlain
  let at = 0
  for (let index = 0; index < count; index += 1) {
    // A length or delta that is too long is -1 here, and one behind the end of the bytes undefined, which becomes 0: in either
    // case the record does not end where its size says.
    const size = rawVarint(bytes, at)
    at += bytesOf(size)
    const end = at + (size >>> 1)
    at += 1 // attributes
    const rawDelta = rawVarint(bytes, at)
    at += bytesOf(rawDelta)
    const delta = (rawDelta >>> 1) ^ -(rawDelta & 1)
    const offset = rawVarint(bytes, at)
    at += bytesOf(offset)
    const key = rawVarint(bytes, at)
    at += bytesOf(key) + lengthOf(key)
    const value = rawVarint(bytes, at)
    at += bytesOf(value) + lengthOf(value)
    const headers = bytes[at]
    at += 1
    const isPlain =
      at === end && headers === 0 && offset === index << 1 && (size | rawDelta | key | value) >= 0 && (size & 1) === 0
    if (!isPlain || !(delta >= deltaMin && delta <= deltaMax)) return notPlain
    if (keysRequired && (key & 1) === 1) return notPlain
    if (delta > largest) largest = delta
  }
  return at === bytes.length ? largest : notPlain
}

/** A varint of at most three bytes and not longer than it must be, as it stands there (zigzag); otherwise -1. */
export function rawVarint(bytes: Buffer, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return first
  const second = bytes[at + 1]!
  if (second < 0x80) return second === 0 ? -1 : (first & 0x7f) | (second << 7)
  const third = bytes[at + 2]!
  return third < 0x80 && third !== 0 ? (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14) : -1
}

/** How many bytes `rawVarint` has read. */
export function bytesOf(raw: number): number {
  return raw < 0x80 ? 1 : raw < 0x4000 ? 2 : 3
}

/** Of a key or value; null, which is negative, has none. */
export function lengthOf(raw: number): number {
  return (raw & 1) === 0 ? raw >>> 1 : 0
}

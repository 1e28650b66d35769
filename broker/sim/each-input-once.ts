// Exactly once: who reads records, writes what comes of each and commits how far it is, all in transactions, has for each record
// below the committed offset written once, and for none beyond, whatever happened on the way.
// Source: KIP-98, KIP-447.

import type { Violation } from './violation.ts'

export interface Copied {
  readonly place: string
  /** Offsets of the records that there are to be read, rising. */
  readonly inputs: readonly number[]
  /** The group's; -1 for none. */
  readonly committedOffset: number
  /** Of which record each output is that a reader of committed records sees. */
  readonly outputs: readonly number[]
}

export function eachInputOnce({ place, inputs, committedOffset, outputs }: Copied): Violation[] {
  const times = new Map<number, number>()
  for (const offset of outputs) times.set(offset, (times.get(offset) ?? 0) + 1)
  const violations: Violation[] = []
  for (const [offset, count] of times) {
    if (count > 1) violations.push({ name: 'inputTwice', what: `${place}: record ${offset} came out ${count} times` })
    if (offset >= committedOffset) {
      const what = `${place}: record ${offset} came out, the group is at ${committedOffset}`
      violations.push({ name: 'inputAhead', what })
    }
  }
  const missing = inputs.find(offset => offset < committedOffset && !times.has(offset))
  if (missing !== undefined) {
    const what = `${place}: record ${missing} did not come out, the group is at ${committedOffset}`
    violations.push({ name: 'inputLost', what })
  }
  return violations
}

// Every offset is given once, one after the other: of what is read in a row, each batch begins where the one before ended.

import { batchName, type StoredBatch } from './stored-batch.ts'
import type { Violation } from './violation.ts'

/** `batches`: read in a row. `fetchOffset`: what was asked for, which lies in the first batch. Not for compacted topics. */
export function offsetsWithoutGaps(
  place: string,
  batches: readonly StoredBatch[],
  fetchOffset: number | undefined,
): Violation[] {
  const [first] = batches
  if (first === undefined) return []
  if (fetchOffset !== undefined && (fetchOffset < first.firstOffset || fetchOffset > first.lastOffset)) {
    return [{ name: 'offsetGap', what: `${place}: asked for ${fetchOffset}, the first batch is ${batchName(first)}` }]
  }
  const violations: Violation[] = []
  for (let i = 1; i < batches.length; i++) {
    const [before, batch] = [batches[i - 1]!, batches[i]!]
    if (batch.firstOffset === before.lastOffset + 1) continue
    const name = batch.firstOffset > before.lastOffset ? 'offsetGap' : 'offsetUsedTwice'
    violations.push({ name, what: `${place}: ${batchName(batch)} follows ${batchName(before)}` })
  }
  return violations
}

/** What was read reaches from the start of the log to its end. */
export function coversTheLog(
  place: string,
  log: { startOffset: number; endOffset: number; batches: readonly StoredBatch[] },
): Violation[] {
  const { startOffset, endOffset, batches } = log
  if (startOffset === endOffset && batches.length === 0) return []
  const end = (batches.at(-1)?.lastOffset ?? startOffset - 1) + 1
  if (end !== endOffset) return [{ name: 'offsetGap', what: `${place} is read up to ${end} and ends at ${endOffset}` }]
  return offsetsWithoutGaps(place, batches, startOffset)
}

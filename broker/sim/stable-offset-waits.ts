// The last stable offset of a partition never passes an open transaction, and never goes back.
// Invariant: when it has passed a batch of a transaction, the marker of that transaction was committed by then. It is held
// against the log itself, whatever producers and coordinator think. Not for compacted partitions: there markers go in the end.
// Source: KIP-98.

import type { StoredBatch } from './stored-batch.ts'
import type { Violation } from './violation.ts'

interface Seen {
  readonly lastStableOffset: number
  /** At that moment. */
  readonly highWatermark: number
}

export class StableOffsetWaits {
  readonly #place: string
  /** Each time that it moved, in order. */
  readonly #seen: Seen[] = []

  constructor(place: string) {
    this.#place = place
  }

  /** Both at one moment, over restarts too. */
  see(lastStableOffset: number, highWatermark: number): Violation[] {
    const before = this.#seen.at(-1)?.lastStableOffset ?? 0
    if (lastStableOffset === before) return []
    if (lastStableOffset < before) {
      const what = `${this.#place}: ${lastStableOffset} after ${before}`
      return [{ name: 'lastStableOffsetWentBack', what }]
    }
    this.#seen.push({ lastStableOffset, highWatermark })
    if (lastStableOffset <= highWatermark) return []
    const what = `${this.#place}: last stable offset ${lastStableOffset} > high watermark ${highWatermark}`
    return [{ name: 'positionsOutOfOrder', what }]
  }

  /** All of the log. `atRest`: nobody has a transaction under way. */
  checkLog(batches: readonly StoredBatch[], { atRest }: { readonly atRest: boolean }): Violation[] {
    const open = new Map<string, number>()
    const violations: Violation[] = []
    for (const { firstOffset, transaction } of batches) {
      if (transaction === undefined) continue
      const { producerId, step } = transaction
      const began = open.get(producerId)
      if (step === 'data') {
        if (began === undefined) open.set(producerId, firstOffset)
      } else if (began !== undefined) {
        open.delete(producerId)
        violations.push(...this.#checkPassed(began, firstOffset))
      }
    }
    for (const [producerId, began] of open) {
      violations.push(...this.#checkPassed(began, undefined))
      const what = `${this.#place}: the transaction of producer ${producerId} from ${began} on has no end`
      if (atRest) violations.push({ name: 'transactionHangs', what })
    }
    return violations
  }

  #checkPassed(began: number, endedAt: number | undefined): Violation[] {
    const passed = this.#seen.find(({ lastStableOffset }) => lastStableOffset > began)
    if (passed === undefined || (endedAt !== undefined && endedAt < passed.highWatermark)) return []
    const ended = endedAt === undefined ? 'has not ended' : `ended at ${endedAt}`
    const { lastStableOffset, highWatermark } = passed
    const what = `${this.#place}: ${lastStableOffset} at high watermark ${highWatermark}, the one from ${began} on ${ended}`
    return [{ name: 'openTransactionPassed', what }]
  }
}

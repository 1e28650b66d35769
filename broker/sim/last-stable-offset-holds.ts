// The last stable offset of a partition lies before every transaction that is open there, and before every one whose marker is
// not below the high watermark yet; where there is none it is the high watermark. So readers of committed records are shown
// nothing of a transaction whose outcome they could not know, and are not held up by anything else.
//
// What is open is known here from the batches that were appended, in their order; nothing is asked of the partition itself.

import type { Violation } from './violation.ts'

interface Seen {
  readonly producerId: string
  readonly firstOffset: number
  /** Of the marker; undefined while the transaction is open. */
  readonly markerOffset?: number
}

export class LastStableOffsetHolds {
  readonly #place: string
  /** Those that may hold the last stable offset back, by first offset. */
  #transactions: Seen[] = []

  constructor(place: string) {
    this.#place = place
  }

  /** A batch of a producer's transaction was appended. */
  data(producerId: number | bigint, offset: number): void {
    const id = String(producerId)
    if (this.#transactions.some(each => each.producerId === id && each.markerOffset === undefined)) return
    this.#transactions.push({ producerId: id, firstOffset: offset })
  }

  /** A marker was appended: the producer's transaction is over, if it had one. */
  marker(producerId: number | bigint, offset: number): void {
    const id = String(producerId)
    this.#transactions = this.#transactions.map(each => {
      return each.producerId === id && each.markerOffset === undefined ? { ...each, markerOffset: offset } : each
    })
  }

  /** What lay from here on is not in the log any more. */
  forgetFrom(offset: number): void {
    const kept = this.#transactions.filter(({ firstOffset }) => firstOffset < offset)
    this.#transactions = kept.map(each => {
      const { producerId, firstOffset, markerOffset = -1 } = each
      return markerOffset >= offset ? { producerId, firstOffset } : each
    })
  }

  check(lastStableOffset: number, highWatermark: number): Violation[] {
    // The high watermark never goes back behind a marker.
    this.#transactions = this.#transactions.filter(
      ({ markerOffset }) => markerOffset === undefined || markerOffset >= highWatermark,
    )
    const first = this.#transactions[0]
    const expected = Math.min(highWatermark, first?.firstOffset ?? highWatermark)
    if (lastStableOffset === expected) return []
    const why = first ? `producer ${first.producerId} has one from ${first.firstOffset} on` : 'none is open'
    const what = `${this.#place}: ${lastStableOffset} at high watermark ${highWatermark}; of the transactions ${why}`
    return [{ name: lastStableOffset > expected ? 'lastStableOffsetTooHigh' : 'lastStableOffsetTooLow', what }]
  }
}

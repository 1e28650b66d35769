// What one cleaning has done: for the line in the log, and for metrics. Source: Kafka 4.3.0's CleanerStats.

import type { Clock } from '../../../io/clock.ts'
import type { FilterCounts } from './filter-chunk.ts'

export class CleaningStats {
  readonly #clock: Clock
  readonly #startMs: number
  #indexedMs: number
  #endMs: number
  bytesIndexed = 0
  bytesRead = 0
  bytesWritten = 0
  recordsRead = 0
  recordsRetained = 0
  recordsWithoutKey = 0
  /** How much of the offset map's room was used, 0 to 1. */
  mapUsed = 0
  /** Memory that it took. */
  mapBytes = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startMs = clock.monotonicMs()
    this.#indexedMs = this.#startMs
    this.#endMs = this.#startMs
  }

  indexed(mapUsed: number): void {
    this.mapUsed = mapUsed
    this.#indexedMs = this.#clock.monotonicMs()
  }

  add({ recordsRead, recordsRetained, recordsWithoutKey }: FilterCounts): void {
    this.recordsRead += recordsRead
    this.recordsRetained += recordsRetained
    this.recordsWithoutKey += recordsWithoutKey
  }

  finish(): void {
    this.#endMs = this.#clock.monotonicMs()
  }

  get elapsedMs(): number {
    return this.#endMs - this.#startMs
  }
  get indexMs(): number {
    return this.#indexedMs - this.#startMs
  }
}

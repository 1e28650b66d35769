// How fast all moves together copy: replica.alter.log.dirs.io.max.bytes.per.second.
//
// What was copied is paid for with time before more is: over any time as much as the limit says and one chunk for each move.
// Source: KIP-113. Kafka 4.3.0's ReplicationQuotaManager measures over a window and stops fetching when it was too much.

import type { Clock } from '../../../io/clock.ts'
import { TimedWaits } from '../timed-waits.ts'

export class MovePace {
  readonly bytesPerSecond: number
  readonly #clock: Clock
  readonly #waits: TimedWaits
  /** When everything copied so far is paid for. */
  #paidAtMs: number
  #isReleased = false

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock
    this.#waits = new TimedWaits(clock)
    this.bytesPerSecond = bytesPerSecond
    this.#paidAtMs = clock.monotonicMs()
  }

  /** So many bytes were copied. Resolves when more may be. */
  async noteBytes(bytes: number): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    this.#paidAtMs = Math.max(nowMs, this.#paidAtMs) + (bytes * 1000) / this.bytesPerSecond
    const waitMs = Math.round(this.#paidAtMs - nowMs)
    if (waitMs > 0 && !this.#isReleased) await this.#waits.wait(waitMs)
  }

  /** Nobody waits any more: another limit holds, or the broker stops. */
  release(): void {
    this.#isReleased = true
    this.#waits.release()
  }
}

// One call of `sendBatch`: its records are spread over batches, and its one promise is settled when the last of those is.

import type { Reject } from './deliveries.ts'

/** Records of the call that lie one behind the other in a partition. */
export interface OffsetRange {
  readonly partition: number
  /** -1 when not known (acks 0). */
  readonly baseOffset: number
  readonly count: number
}

export interface BatchSendResult {
  readonly topic: string
  /** Of records. */
  readonly count: number
  /** Where they are, in the order in which they were acknowledged. */
  readonly ranges: readonly OffsetRange[]
}

export class BatchSend {
  readonly #topic: string
  readonly #resolve: (result: BatchSendResult) => void
  readonly #reject: Reject
  readonly #ranges: OffsetRange[] = []
  #open = 0
  #count = 0
  #isComplete = false
  #failure: Error | undefined

  constructor(topic: string, resolve: (result: BatchSendResult) => void, reject: Reject) {
    this.#topic = topic
    this.#resolve = resolve
    this.#reject = reject
  }

  /** One more run of its records waits. */
  begin(): void {
    this.#open += 1
  }

  onAcknowledged(range: OffsetRange): void {
    this.#ranges.push(range)
    this.#count += range.count
    this.#settleOne()
  }

  onFailed(error: Error): void {
    this.#failure ??= error
    this.#settleOne()
  }

  /** All records are in batches, or, with an error, no more of them will be. */
  complete(error?: Error): void {
    this.#failure ??= error
    this.#isComplete = true
    this.#settleIfDone()
  }

  #settleOne(): void {
    this.#open -= 1
    this.#settleIfDone()
  }

  // Also a failure waits for the rest: who hears of it may count on nothing of the call being written afterwards.
  #settleIfDone(): void {
    if (!this.#isComplete || this.#open > 0) return
    if (this.#failure !== undefined) this.#reject(this.#failure)
    else this.#resolve({ topic: this.#topic, count: this.#count, ranges: this.#ranges })
  }
}

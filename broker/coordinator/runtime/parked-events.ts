// Events whose records are on their way to being committed, in the order in which they were decided, which is also the order
// of their offsets and of their deadlines.

import type { ProtocolError } from '../../../protocol/errors.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { Decision } from './coordinator-state.ts'

export interface ParkedEvent<Record> {
  /** Of the last record that the decision wrote or could see. */
  readonly offset: Offset
  /** On the monotonic clock. */
  readonly deadlineMs: number
  readonly answer: (error: ProtocolError) => void
  readonly settled: Decision<unknown, Record>['settled']
  /** Whether `settled` waits on when the deadline has passed. */
  readonly settlesLate?: boolean | undefined
}

export class ParkedEvents<Record> {
  #events: ParkedEvent<Record>[] = []

  get count(): number {
    return this.#events.length
  }

  get nextDeadlineMs(): number | undefined {
    return this.#events[0]?.deadlineMs
  }

  add(event: ParkedEvent<Record>): void {
    this.#events.push(event)
  }

  /** Those whose records are committed. */
  takeThrough(offset: Offset): ParkedEvent<Record>[] {
    return this.#takeFirst(event => event.offset <= offset)
  }

  /** Those that have waited too long. */
  takeExpired(nowMs: number): ParkedEvent<Record>[] {
    return this.#takeFirst(event => event.deadlineMs <= nowMs)
  }

  /** Those whose records, from `offset` on, were refused by the log. */
  takeFrom(offset: Offset): ParkedEvent<Record>[] {
    const first = this.#events.findIndex(event => event.offset >= offset)
    return first === -1 ? [] : this.#events.splice(first)
  }

  #takeFirst(isTaken: (event: ParkedEvent<Record>) => boolean): ParkedEvent<Record>[] {
    let count = 0
    while (count < this.#events.length && isTaken(this.#events[count]!)) count++
    return this.#events.splice(0, count)
  }
}

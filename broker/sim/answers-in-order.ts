// A connection's answers leave in the order of its requests: the one answered is always the oldest that waits.

import type { Violation } from './violation.ts'

export class AnswersInOrder {
  readonly #place: string
  readonly #waiting: number[] = []

  constructor(place: string) {
    this.#place = place
  }

  /** A request that has an answer was sent. */
  ask(correlationId: number): void {
    this.#waiting.push(correlationId)
  }

  answer(correlationId: number): Violation[] {
    const expected = this.#waiting.shift()
    if (correlationId === expected) return []
    const what = `${this.#place}: request ${correlationId} was answered, ${expected ?? 'none'} was to be`
    return [{ name: 'answerOutOfOrder', what }]
  }
}

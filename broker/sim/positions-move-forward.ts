// The marks of a partition: log start, high watermark and log end.
// Invariant: log start <= high watermark <= log end, and none of them ever goes back, over restarts too.

import type { Violation } from './violation.ts'

export interface Positions {
  readonly logStartOffset: number
  readonly highWatermark: number
  /** Where the log is written to. */
  readonly logEndOffset: number
}

const names = ['logStartOffset', 'highWatermark', 'logEndOffset'] as const
const nowhere: Positions = { logStartOffset: 0, highWatermark: 0, logEndOffset: 0 }

export class PositionsMoveForward {
  readonly #place: string
  #known: Positions = nowhere

  constructor(place: string) {
    this.#place = place
  }

  /** The highest marks seen. An answer to a request that is sent now must not show less. */
  get known(): Positions {
    return this.#known
  }

  /**
   * What the broker says now, all marks at one moment or some of them. `atLeast`: what was known when it was asked, for
   * answers that may be overtaken; everything known when left out.
   */
  see(found: Partial<Positions>, atLeast: Positions = this.#known): Violation[] {
    const violations = names.flatMap(name => {
      const value = found[name]
      if (value === undefined || value >= atLeast[name]) return []
      return [{ name: `${name}WentBack`, what: `${this.#place}: ${value} after ${atLeast[name]}` }]
    })
    const known = this.#known
    const highest = (name: keyof Positions) => Math.max(known[name], found[name] ?? 0)
    this.#known = {
      logStartOffset: highest('logStartOffset'),
      highWatermark: highest('highWatermark'),
      logEndOffset: highest('logEndOffset'),
    }
    return [...violations, ...this.#order(found)]
  }

  /** A broker that ended without notice may have forgotten where the log starts: Kafka stores that now and then only. */
  forgetLogStart(): void {
    this.#known = { ...this.#known, logStartOffset: 0 }
  }

  /** The log was cut here, as its durability allows. */
  forgetFrom(offset: number): void {
    const { logStartOffset, highWatermark, logEndOffset } = this.#known
    this.#known = {
      logStartOffset: Math.min(logStartOffset, offset),
      highWatermark: Math.min(highWatermark, offset),
      logEndOffset: Math.min(logEndOffset, offset),
    }
  }

  #order(found: Partial<Positions>): Violation[] {
    const given = names.filter(name => found[name] !== undefined)
    return given.slice(1).flatMap((name, i) => {
      const below = given[i]!
      if (found[below]! <= found[name]!) return []
      return [
        { name: 'positionsOutOfOrder', what: `${this.#place}: ${below} ${found[below]} > ${name} ${found[name]}` },
      ]
    })
  }
}

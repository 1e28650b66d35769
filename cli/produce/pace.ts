// No more than so many records a second, evenly: who is early waits. Pure: the time is an argument.

import { usage } from '../terminal/failure.ts'

/** "1000/s", "1000", "60/m" as records per second. Throws a Failure. */
export function parseRate(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)(?:\/(s|m|h))?$/.exec(text)
  const per = parts === null ? Number.NaN : { s: 1, m: 60, h: 3600 }[(parts[2] ?? 's') as 's' | 'm' | 'h']
  const rate = Number(parts?.[1]) / per
  if (rate > 0) return rate
  throw usage(`--rate ${text}: give records per second, minute or hour, such as 1000/s or 60/m`)
}

/** Shorter waits are not worth a timer: the next records make up for them. */
const waitMsMin = 5

export class Pace {
  readonly #perMs: number
  readonly #startMs: number
  #count = 0

  constructor(perSecond: number, nowMs: number) {
    this.#perMs = perSecond / 1000
    this.#startMs = nowMs
  }

  /** A record is about to be sent: how many milliseconds to wait before. */
  next(nowMs: number): number {
    const dueMs = this.#startMs + this.#count / this.#perMs
    this.#count += 1
    const waitMs = dueMs - nowMs
    return waitMs >= waitMsMin ? waitMs : 0
  }
}

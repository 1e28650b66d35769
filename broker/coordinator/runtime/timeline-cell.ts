// One value whose uncommitted changes can be undone, and that can be read as of the last commit.

import type { Timeline } from './timeline.ts'
import { TimelineMap } from './timeline-map.ts'

const place = 0

export class TimelineCell<Value> {
  readonly #initial: Value
  readonly #values: TimelineMap<typeof place, { readonly value: Value }>

  /** `initial` must be immutable, as all values. */
  constructor(timeline: Timeline, initial: Value) {
    this.#initial = initial
    this.#values = new TimelineMap(timeline)
  }

  get(): Value {
    const entry = this.#values.get(place)
    return entry === undefined ? this.#initial : entry.value
  }

  getCommitted(): Value {
    const entry = this.#values.getCommitted(place)
    return entry === undefined ? this.#initial : entry.value
  }

  set(value: Value): void {
    this.#values.set(place, { value })
  }
}

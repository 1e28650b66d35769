// What is to happen in simulated time, in the order in which it happens. Invariant: events run by time, and those of the
// same time in the order in which they were scheduled, so that a run depends on nothing but what scheduled them.

import type { Cancel } from '../clock.ts'

interface Event {
  readonly atMs: number
  readonly sequence: number
  /** Undefined once cancelled. */
  run: (() => void) | undefined
}

/** A queue of events over virtual milliseconds, which start at 0. */
export class Scheduler {
  readonly #heap: Event[] = []
  #sequence = 0
  #nowMs = 0
  #live = 0

  get nowMs(): number {
    return this.#nowMs
  }

  /** Events that are still to run. */
  get pending(): number {
    return this.#live
  }

  /** When the next event is due; undefined when there is none. */
  get nextMs(): number | undefined {
    while (this.#heap.length > 0 && !this.#heap[0]!.run) this.#pop()
    return this.#heap[0]?.atMs
  }

  /** Runs `run` once, `delayMs` from now (not before now). */
  schedule(delayMs: number, run: () => void): Cancel {
    const event: Event = { atMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, run }
    this.#push(event)
    this.#live += 1
    return () => {
      if (!event.run) return
      event.run = undefined
      this.#live -= 1
    }
  }

  /** Moves time to the next event and runs it; false when there is none. */
  runNext(): boolean {
    if (this.nextMs === undefined) return false
    const event = this.#pop()
    const { run } = event
    this.#nowMs = Math.max(this.#nowMs, event.atMs)
    event.run = undefined
    this.#live -= 1
    run!()
    return true
  }

  /** Moves time forward to `atMs` without running anything; there must be nothing to run before. */
  moveTo(atMs: number): void {
    const nextMs = this.nextMs
    if (nextMs !== undefined && nextMs < atMs)
      throw new Error(`an event at ${nextMs} ms would be skipped by moving to ${atMs} ms`)
    this.#nowMs = Math.max(this.#nowMs, atMs)
  }

  #push(event: Event): void {
    const heap = this.#heap
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  #pop(): Event {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence)
}

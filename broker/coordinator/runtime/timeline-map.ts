// A map whose uncommitted changes can be undone, and that can be read as of the last commit. Keys are compared as Map does;
// values must be immutable, or changes inside them do not need to be undone.

import type { Timeline } from './timeline.ts'

export class TimelineMap<Key, Value> {
  readonly #timeline: Timeline
  readonly #current = new Map<Key, Value>()
  /** For a key with uncommitted changes: the value before each of them, the oldest first; undefined: was not there. */
  readonly #before = new Map<Key, (Value | undefined)[]>()

  constructor(timeline: Timeline) {
    this.#timeline = timeline
  }

  get size(): number {
    return this.#current.size
  }

  /** Nothing in it and nothing to undo: the map itself may be dropped. */
  get isBlank(): boolean {
    return this.#current.size === 0 && this.#before.size === 0
  }

  get(key: Key): Value | undefined {
    return this.#current.get(key)
  }

  has(key: Key): boolean {
    return this.#current.has(key)
  }

  entries(): IterableIterator<[Key, Value]> {
    return this.#current.entries()
  }

  keys(): IterableIterator<Key> {
    return this.#current.keys()
  }

  values(): IterableIterator<Value> {
    return this.#current.values()
  }

  set(key: Key, value: Value): void {
    this.#note(key)
    this.#current.set(key, value)
  }

  delete(key: Key): boolean {
    if (!this.#current.has(key)) return false
    this.#note(key)
    return this.#current.delete(key)
  }

  getCommitted(key: Key): Value | undefined {
    const before = this.#before.get(key)
    return before === undefined ? this.#current.get(key) : before[0]
  }

  *committedEntries(): Generator<[Key, Value]> {
    for (const [key, value] of this.#current) if (!this.#before.has(key)) yield [key, value]
    for (const [key, before] of this.#before) if (before[0] !== undefined) yield [key, before[0]]
  }

  #note(key: Key): void {
    if (!this.#timeline.noting) return
    const previous = this.#current.get(key)
    const before = this.#before.get(key)
    if (before === undefined) this.#before.set(key, [previous])
    else before.push(previous)
    this.#timeline.note(
      () => this.#undo(key),
      () => this.#settle(key),
    )
  }

  #undo(key: Key): void {
    const before = this.#before.get(key)!
    const previous = before.pop()
    if (previous === undefined) this.#current.delete(key)
    else this.#current.set(key, previous)
    if (before.length === 0) this.#before.delete(key)
  }

  #settle(key: Key): void {
    const before = this.#before.get(key)!
    before.shift()
    if (before.length === 0) this.#before.delete(key)
  }
}

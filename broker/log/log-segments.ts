// The segments of a log by base offset, the last one being the one that is appended to.
// Source: Kafka 4.3.0's LogSegments.

import type { Offset } from '../../protocol/types.ts'
import type { LogSegment } from './segment.ts'

export class LogSegments {
  #segments: LogSegment[] = []
  /** How often segments were replaced by others that hold the same offsets. */
  replacements = 0

  get count(): number {
    return this.#segments.length
  }

  /** Oldest first. A view: do not hold it across changes. */
  get all(): readonly LogSegment[] {
    return this.#segments
  }

  get first(): LogSegment | undefined {
    return this.#segments[0]
  }

  /** There is one in every log that is open. */
  get active(): LogSegment {
    return this.#segments[this.#segments.length - 1]!
  }

  get sizeBytes(): number {
    let bytes = 0
    for (const segment of this.#segments) bytes += segment.sizeBytes
    return bytes
  }

  /** Bytes that were written to segments from the one that holds the offset on, and that no sync covers yet. */
  unsyncedBytes(recoveryPoint: Offset): number {
    let bytes = 0
    const from = Math.max(0, this.#floorIndex(recoveryPoint))
    for (let index = from; index < this.#segments.length; index++) {
      const { writtenBytes, syncedBytes } = this.#segments[index]!
      bytes += writtenBytes - syncedBytes
    }
    return bytes
  }

  /** Adds a segment behind all others. */
  add(segment: LogSegment): void {
    const { active } = this
    if (active && active.baseOffset >= segment.baseOffset) {
      throw new Error(`segment ${segment.baseOffset} after segment ${active.baseOffset}`)
    }
    // An array that is pushed to when it is empty has room for 17, which most logs never need.
    if (active === undefined) this.#segments = [segment]
    else this.#segments.push(segment)
  }

  remove(gone: readonly LogSegment[]): void {
    const removed = new Set(gone)
    this.#segments = this.#segments.filter(segment => !removed.has(segment))
  }

  /** Puts one segment in the place of several that follow each other, the first of which begins where it does. */
  replace(old: readonly LogSegment[], by: LogSegment): void {
    const first = this.#segments.indexOf(old[0]!)
    if (first < 0 || old.some((segment, index) => this.#segments[first + index] !== segment)) {
      throw new Error(`segments from ${by.baseOffset} on are not there to be replaced`)
    }
    this.#segments = [...this.#segments.slice(0, first), by, ...this.#segments.slice(first + old.length)]
    this.replacements += 1
  }

  /** The last segment that begins at or below the offset. */
  floor(offset: Offset): LogSegment | undefined {
    const index = this.#floorIndex(offset)
    return index < 0 ? undefined : this.#segments[index]
  }

  /** The segment that follows. */
  after(segment: LogSegment): LogSegment | undefined {
    return this.#segments[this.#floorIndex(segment.baseOffset) + 1]
  }

  /** From the segment that holds `from` to the last one that begins below `to`. */
  between(from: Offset, to: Offset): LogSegment[] {
    if (from >= to) return []
    const first = Math.max(0, this.#floorIndex(from))
    return this.#segments.slice(first, this.#floorIndex(to - 1) + 1)
  }

  #floorIndex(offset: Offset): number {
    // Nearly everybody asks for the end of the log.
    let high = this.#segments.length - 1
    if (high >= 0 && this.#segments[high]!.baseOffset <= offset) return high
    let low = -1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#segments[middle]!.baseOffset <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}

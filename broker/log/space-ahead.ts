// Blocks that are set aside for segments before they are written: a write into the page cache then costs two thirds.
//
// What is set aside and not written yet is space that others cannot use, so there is a limit for each segment, which grows with it,
// and one for the directory. Invariant: what a segment has left over is given back when it is rolled or its log closed; after a
// crash it stays until then (the file's size is what was written, always). Nothing here is needed for anything: where blocks
// cannot be had, writes go on as they do without.

import type { DiskFile } from '../../io/disk.ts'
import type { LogSegment } from './segment.ts'

/** Smaller segments do without: ten thousand idle partitions would otherwise hold much more than they store. */
export const reservedFromBytes = 4 * 1024 * 1024
/** Of one segment, set aside and not written. */
export const aheadBytesMax = 64 * 1024 * 1024
/** Of all in a directory. Full: nothing is set aside until something is used up or given back. */
export const aheadBytesInAllMax = 1024 * 1024 * 1024

/** Up to where blocks are to be set aside now; undefined: nothing is to be done. No segment has more ahead than it holds. */
export function reservationEnd(writtenBytes: number, reservedBytes: number, segmentBytes: number): number | undefined {
  if (writtenBytes < reservedFromBytes) return undefined
  const aheadBytes = Math.min(writtenBytes, aheadBytesMax)
  if (reservedBytes - writtenBytes > aheadBytes / 4) return undefined
  const end = Math.min(writtenBytes + aheadBytes, segmentBytes)
  return end > Math.max(writtenBytes, reservedBytes) ? end : undefined
}

export class SpaceAhead {
  readonly #bytesMax: number
  /** Set aside by segments; how much of it is written since is not subtracted before the next time. */
  #bytes = 0
  /** The file system cannot. */
  #isImpossible = false

  constructor(bytesMax = aheadBytesInAllMax) {
    this.#bytesMax = bytesMax
  }

  /** What segments have set aside at most. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes were written to a segment: sets more aside when that is due. `file`: the segment's, open at this moment. */
  noteWritten(segment: LogSegment, file: DiskFile, segmentBytes: number): void {
    const { writtenBytes, reservedBytes } = segment
    const end = reservationEnd(writtenBytes, reservedBytes, segmentBytes)
    if (end === undefined || this.#isImpossible) return
    const from = Math.max(writtenBytes, reservedBytes)
    const leftBytes = Math.max(0, reservedBytes - writtenBytes)
    this.#bytes += leftBytes - segment.aheadBytes
    segment.aheadBytes = leftBytes
    if (this.#bytes + end - from > this.#bytesMax) return
    this.#bytes += end - from
    segment.aheadBytes += end - from
    segment.reservedBytes = end
    void file.reserve(from, end - from).then(isDone => {
      if (!isDone) this.#isImpossible = true
    })
  }

  /** The segment gets no more. Answers whether there may be something behind its end that cutting the file gives back. */
  noteDone(segment: LogSegment): boolean {
    this.#bytes -= segment.aheadBytes
    segment.aheadBytes = 0
    // Not only what was set aside by this process: one before it may have died.
    return segment.writtenBytes >= reservedFromBytes && !this.#isImpossible
  }
}

// Exactly once, from end to end: whoever reads a partition, writes what it makes of it and commits how far it got, all in one
// transaction, has each piece of the input in its committed output once. The pieces follow each other without gap or overlap,
// whoever made them, and end where the group's committed offset is.

import type { Violation } from './violation.ts'

/** A piece of the input that stands in committed output: offsets `from` to before `to`. */
export interface InputPiece {
  readonly from: number
  readonly to: number
  /** For messages: whose it is. */
  readonly transaction: string
}

/** `offset`: what the group has committed for the partition, -1 for nothing; the input begins at 0. */
export function inputReadOnce(place: string, pieces: readonly InputPiece[], offset: number): Violation[] {
  let at = 0
  for (const piece of [...pieces].sort((one, other) => one.from - other.from || one.to - other.to)) {
    if (piece.from !== at) {
      const what = `${place}: ${piece.transaction} has read ${piece.from} to ${piece.to}, what comes next is ${at}`
      return [{ name: piece.from < at ? 'inputReadTwice' : 'inputPassedOver', what }]
    }
    at = piece.to
  }
  if (at === Math.max(offset, 0)) return []
  return [{ name: 'inputAndOffsetDiffer', what: `${place}: the output goes up to ${at}, the group has ${offset}` }]
}

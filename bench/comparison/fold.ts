// Rounds folded into what is printed: median, spread, and the ratio of two sides pair by pair.
//
// Why pair by pair: the two passes of a round follow each other, so what slows the machine for a while slows both, and their
// ratio keeps what the medians of two long series would lose.

export interface Folded {
  readonly median: number
  readonly least: number
  readonly most: number
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('the median of no values')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The median and the whole spread: with the few rounds of a bench, quantiles in between would say nothing more. */
export function fold(values: readonly number[]): Folded {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

/** Ours by the peer's, round by round. A round that the peer did not have counts for nothing. */
export function ratios(ours: readonly number[], peer: readonly number[]): number[] {
  const rounds = Math.min(ours.length, peer.length)
  return Array.from({ length: rounds }, (_, round) => ours[round]! / peer[round]!)
}

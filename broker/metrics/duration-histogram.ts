// How long things took, in buckets: plain counters, so that counting costs a few comparisons and no memory.

/** Upper bounds. From what an answer out of memory takes to what a client waits for before it gives up. */
export const durationBoundsMs = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
] as const

export class DurationHistogram {
  /** By bucket, the last one for what is longer than all bounds. */
  readonly #counts = new Float64Array(durationBoundsMs.length + 1)
  #sumMs = 0

  observe(ms: number): void {
    let bucket = 0
    while (bucket < durationBoundsMs.length && ms > durationBoundsMs[bucket]!) bucket++
    this.#counts[bucket]! += 1
    this.#sumMs += ms
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  get sumMs(): number {
    return this.#sumMs
  }

  /** How many took at most this long, by bound; the last bound is Infinity. */
  *cumulative(): Generator<{ readonly boundMs: number; readonly count: number }> {
    let count = 0
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      count += this.#counts[bucket]!
      yield { boundMs: durationBoundsMs[bucket] ?? Number.POSITIVE_INFINITY, count }
    }
  }
}

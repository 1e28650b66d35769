// When a request that is not answered yet is worth making a second time, of somebody else (a hedge): once it takes longer than nearly all
// others did, and only as long as hedges are few among all requests, so that a cluster that is slow as a whole is not asked for twice as much.
// Invariant: at any time there have been at most `maximumShare` hedges for each request.
// Source: Dean and Barroso, "The Tail at Scale" (2013): hedged requests.

export interface HedgeOptions {
  /** Of the latest latencies, between 0 and 1: so many requests are not hedged, even when there is nothing wrong. */
  readonly percentile: number
  /** The least that is waited before a hedge, in milliseconds. */
  readonly minimumMs: number
  /** Hedges for each request, between 0 and 1. */
  readonly maximumShare: number
}

export const hedgeDefaults: HedgeOptions = { percentile: 0.95, minimumMs: 20, maximumShare: 0.05 }

/** Latencies that are remembered; an older one makes room for each. */
export const latenciesMax = 256
/** With fewer than these the percentile says nothing, and the wait is `cautiousMs`. */
export const latenciesMin = 20
export const cautiousMs = 1000
/** The wait is computed anew after so many. */
const latenciesPerEstimate = 16
/** Hedges that can be saved up: a broker that stops answering costs the others no more than these at once. */
export const hedgesSavedMax = 10
/** Shares such as 0.1 have no exact sums. */
const roundingError = 1e-9

export class HedgePolicy {
  readonly #options: HedgeOptions
  readonly #latenciesMs: number[] = []
  /** The place of the oldest, once there are as many as there may be. */
  #oldest = 0
  #sinceEstimate = 0
  #saved = 0
  #delayMs: number

  constructor(options: HedgeOptions = hedgeDefaults) {
    this.#options = options
    this.#delayMs = Math.max(options.minimumMs, cautiousMs)
  }

  /** How long an answer may be overdue before a hedge is worth it, in milliseconds. */
  get delayMs(): number {
    return this.#delayMs
  }

  /** A request goes out that is not a hedge. */
  noteRequest(): void {
    this.#saved = Math.min(hedgesSavedMax, this.#saved + this.#options.maximumShare)
  }

  /** An answer came; so long after it was due, in milliseconds. */
  noteLatency(ms: number): void {
    if (this.#latenciesMs.length < latenciesMax) this.#latenciesMs.push(ms)
    else {
      this.#latenciesMs[this.#oldest] = ms
      this.#oldest = (this.#oldest + 1) % latenciesMax
    }
    this.#sinceEstimate += 1
    if (this.#latenciesMs.length < latenciesMin || this.#sinceEstimate < latenciesPerEstimate) return
    this.#sinceEstimate = 0
    this.#delayMs = Math.max(this.#options.minimumMs, this.#percentileMs())
  }

  /** Whether a hedge may be made now; if so, it counts as made. */
  tryHedge(): boolean {
    if (this.#saved < 1 - roundingError) return false
    this.#saved -= 1
    return true
  }

  /** By nearest rank: the least latency that is not exceeded by so large a part of all. */
  #percentileMs(): number {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b)
    return sorted[Math.max(0, Math.ceil(this.#options.percentile * sorted.length) - 1)]!
  }
}

// What was fetched, kept under a key: whoever asks for it while it is under way shares the one request, and afterwards there is none.
//
// Invariants: never more than `entriesMax` are kept, the ones unused for longest go first; a failure is told to all who waited for it and
// kept for `failureMs` at most, so that what nobody has is not asked for a thousand times a second; what was found goes stale after
// `freshMs`, if ever.

import type { Clock } from '../../io/clock.ts'

export interface CacheOptions {
  readonly clock: Clock
  readonly entriesMax: number
  /** For how long what was found is used, in milliseconds; for ever when left out. */
  readonly freshMs?: number | undefined
  /** For how long a failure is believed, in milliseconds; not at all when left out. */
  readonly failureMs?: number | undefined
  /** Which failures may be believed for that long; all when left out. */
  readonly isKept?: ((error: unknown) => boolean) | undefined
}

interface Entry<Value> {
  readonly promise: Promise<Value>
  /** Once it is there. */
  value: Value | undefined
  isThere: boolean
  /** By the monotonic clock. */
  untilMs: number
}

export class SingleFlightCache<Key, Value> {
  readonly #options: CacheOptions
  /** In the order of use: the first one was not used for longest. */
  readonly #entries = new Map<Key, Entry<Value>>()

  constructor(options: CacheOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /** What is there now, without waiting. */
  peek(key: Key): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || !entry.isThere) return undefined
    if (!this.#isFresh(entry)) return undefined
    this.#use(key, entry)
    return entry.value
  }

  /** `load` is called when nobody has asked for the key, or not for long. Rejects as it does. */
  get(key: Key, load: () => Promise<Value>): Promise<Value> {
    const known = this.#entries.get(key)
    if (known !== undefined && this.#isFresh(known)) {
      this.#use(key, known)
      return known.promise
    }
    const entry: Entry<Value> = {
      promise: load(),
      value: undefined,
      isThere: false,
      untilMs: Number.POSITIVE_INFINITY,
    }
    this.#entries.delete(key)
    this.#makeRoom()
    this.#entries.set(key, entry)
    entry.promise.then(
      value => this.#found(entry, value),
      error => this.#failed(key, entry, error),
    )
    return entry.promise
  }

  #found(entry: Entry<Value>, value: Value): void {
    entry.value = value
    entry.isThere = true
    const { freshMs, clock } = this.#options
    if (freshMs !== undefined) entry.untilMs = clock.monotonicMs() + freshMs
  }

  #failed(key: Key, entry: Entry<Value>, error: unknown): void {
    const { failureMs = 0, isKept = () => true, clock } = this.#options
    if (failureMs > 0 && isKept(error)) entry.untilMs = clock.monotonicMs() + failureMs
    else if (this.#entries.get(key) === entry) this.#entries.delete(key)
  }

  #isFresh(entry: Entry<Value>): boolean {
    return entry.untilMs === Number.POSITIVE_INFINITY || this.#options.clock.monotonicMs() < entry.untilMs
  }

  #use(key: Key, entry: Entry<Value>): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
  }

  #makeRoom(): void {
    while (this.#entries.size >= this.#options.entriesMax) {
      const [oldest] = this.#entries.keys()
      this.#entries.delete(oldest as Key)
    }
  }
}

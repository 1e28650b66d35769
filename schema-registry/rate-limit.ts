// How often one client may ask: so many requests in a window of time, which starts with the first of them. Counted is by address and
// before anything is looked at, so that passwords cannot be tried without end either.

import type { Clock } from '../io/clock.ts'
import type { RegistryLimits } from './limits.ts'

interface Window {
  readonly endsMs: number
  count: number
}

export class RateLimit {
  readonly #clock: Clock
  readonly #limits: Pick<RegistryLimits, 'requestsPerWindowMax' | 'rateWindowMs' | 'countedClientsMax'>
  /** The one seen last is the last. */
  readonly #windows = new Map<string, Window>()

  constructor(
    clock: Clock,
    limits: Pick<RegistryLimits, 'requestsPerWindowMax' | 'rateWindowMs' | 'countedClientsMax'>,
  ) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Clients that are counted at the moment. */
  get clientCount(): number {
    return this.#windows.size
  }

  /** Counts a request. @returns how long the client has to wait, in milliseconds; undefined when it may ask now */
  waitMs(client: string): number | undefined {
    const now = this.#clock.monotonicMs()
    const known = this.#windows.get(client)
    this.#windows.delete(client)
    const window = known && known.endsMs > now ? known : { endsMs: now + this.#limits.rateWindowMs, count: 0 }
    this.#windows.set(client, window)
    this.#forgetOldest()
    return ++window.count > this.#limits.requestsPerWindowMax ? window.endsMs - now : undefined
  }

  #forgetOldest(): void {
    if (this.#windows.size <= this.#limits.countedClientsMax) return
    const [oldest] = this.#windows.keys()
    this.#windows.delete(oldest!)
  }
}

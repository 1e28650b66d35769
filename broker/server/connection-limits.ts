// How many connections there may be, in all (`max.connections`) and of one address (`max.connections.per.ip` and its
// overrides), and of one listener (`listener.name.<listener>.max.connections`). Source: Kafka 4.3.0's ConnectionQuotas. As
// there, an address that has its number is turned away at once, while a connection beyond the total, of all or of its
// listener, waits until another one closes.

export interface ConnectionLimitsOptions {
  readonly connectionsMax: number
  readonly connectionsPerIpMax: number
  /** Listener, in capitals, to its own maximum. */
  readonly perListener: ReadonlyMap<string, number>
  /** Address, as the network gives it, to its own maximum. */
  readonly perIpOverrides: ReadonlyMap<string, number>
}

export type Admission = 'admitted' | 'full' | 'listener full' | 'too many of this address'

export class ConnectionLimits {
  #options: ConnectionLimitsOptions
  readonly #perIp = new Map<string, number>()
  readonly #perListener = new Map<string, number>()
  #count = 0

  constructor(options: ConnectionLimitsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#count
  }

  /** Other limits from here on. Connections that there are stay, as in Kafka. */
  adopt(options: ConnectionLimitsOptions): void {
    this.#options = options
  }

  /** Counts a connection if it may be. */
  admit(host: string, listener: string): Admission {
    const ofAddress = this.#perIp.get(host) ?? 0
    if (ofAddress >= this.maxOf(host)) return 'too many of this address'
    if (this.#count >= this.#options.connectionsMax) return 'full'
    const ofListener = this.#perListener.get(listener) ?? 0
    if (ofListener >= (this.#options.perListener.get(listener.toUpperCase()) ?? Infinity)) return 'listener full'
    this.#perIp.set(host, ofAddress + 1)
    this.#perListener.set(listener, ofListener + 1)
    this.#count++
    return 'admitted'
  }

  /** One that was admitted has closed. */
  leave(host: string, listener: string): void {
    this.#count--
    this.#perListener.set(listener, (this.#perListener.get(listener) ?? 1) - 1)
    const rest = (this.#perIp.get(host) ?? 1) - 1
    if (rest > 0) this.#perIp.set(host, rest)
    else this.#perIp.delete(host)
  }

  maxOf(host: string): number {
    return this.#options.perIpOverrides.get(plainHost(host)) ?? this.#options.connectionsPerIpMax
  }
}

/** An IPv4 address that came over an IPv6 socket is the same address. */
export function plainHost(host: string): string {
  return host.startsWith('::ffff:') && host.includes('.') ? host.slice('::ffff:'.length) : host
}

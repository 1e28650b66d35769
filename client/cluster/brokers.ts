// The brokers a client has spoken to, by address. A bootstrap address that turns out to be a broker of the cluster is that
// broker: its connection is used on.

import type { ClientWorld } from '../client-world.ts'
import { type Address, addressText } from './address.ts'
import { Broker } from './broker.ts'
import type { ClusterImage } from './cluster-image.ts'
import type { ClusterSettings } from './cluster-options.ts'

export class Brokers {
  readonly #settings: ClusterSettings
  readonly #world: ClientWorld
  readonly #byAddress = new Map<string, Broker>()
  #isClosed = false

  constructor(settings: ClusterSettings, world: ClientWorld) {
    this.#settings = settings
    this.#world = world
  }

  /** The broker there. Once closed, one that is closed too: nothing is opened any more. */
  at(address: Address): Broker {
    const { host, port } = address
    const key = addressText(address)
    let broker = this.#byAddress.get(key)
    if (broker === undefined) {
      broker = new Broker({ host, port }, this.#settings, this.#world)
      if (this.#isClosed) broker.close()
      else this.#byAddress.set(key, broker)
    }
    return broker
  }

  /**
   * Whom to ask what any broker can answer, best first: brokers of the image in random order, those with open connections and
   * the fewest requests under way in front; then the bootstrap addresses (KIP-899). Those that fail at present come last, and before them `doubted`,
   * whose answer did not help.
   */
  candidates(image: ClusterImage, doubted?: Broker): Broker[] {
    const known = [...image.brokers.values()].map(node => this.at(node))
    const bootstrap = this.#settings.bootstrap.map(address => this.at(address))
    const { random } = this.#world
    const ranked = (brokers: Broker[]) =>
      brokers
        .map(broker => ({ broker, rank: broker.offered ? broker.inFlight : 1000, chance: random.next() }))
        .sort((a, b) => a.rank - b.rank || a.chance - b.chance)
        .map(({ broker }) => broker)
    const all = [...new Set([...ranked(known), ...ranked(bootstrap)])]
    const place = (broker: Broker) => (broker.isAvailable ? (broker === doubted ? 1 : 0) : 2)
    return all.sort((a, b) => place(a) - place(b))
  }

  /** Closes those that are no longer in the cluster and have nothing under way. */
  retain(image: ClusterImage): void {
    const wanted = new Set([...image.brokers.values()].map(addressText))
    for (const [key, broker] of this.#byAddress) {
      if (wanted.has(key) || !broker.isIdle) continue
      broker.close()
      this.#byAddress.delete(key)
    }
  }

  close(): void {
    this.#isClosed = true
    for (const broker of this.#byAddress.values()) broker.close()
    this.#byAddress.clear()
  }
}

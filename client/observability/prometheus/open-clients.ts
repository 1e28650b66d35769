// The producers and consumers that are open, to be asked when a page of metrics is made.

import { Consumer } from '../../consumer/consumer.ts'
import { Producer } from '../../producer/producer.ts'
import { onChannel } from '../channels.ts'

export class OpenClients {
  readonly producers = new Set<Producer>()
  readonly consumers = new Set<Consumer>()
  readonly #stops: readonly (() => void)[]

  constructor(known: readonly (Producer | Consumer)[]) {
    for (const client of known) this.#add(client)
    this.#stops = [
      onChannel('millrace:client:opened', ({ client }) => this.#add(client)),
      onChannel('millrace:client:closed', ({ client }) => {
        this.producers.delete(client as Producer)
        this.consumers.delete(client as Consumer)
      }),
    ]
  }

  close(): void {
    for (const stop of this.#stops) stop()
    this.producers.clear()
    this.consumers.clear()
  }

  #add(client: unknown): void {
    if (client instanceof Producer) this.producers.add(client)
    else if (client instanceof Consumer) this.consumers.add(client)
  }
}

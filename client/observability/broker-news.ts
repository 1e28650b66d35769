// What is told of the way to one broker, besides its connections (connection-news.ts).

import { channels } from './channels.ts'

export class BrokerNews {
  readonly #clientId: string
  readonly #broker: string

  constructor(clientId: string, broker: string) {
    this.#clientId = clientId
    this.#broker = broker
  }

  connectionFailed(lane: string, durationMs: number, error: Error): void {
    if (!channels.connectionFailed.hasSubscribers) return
    channels.connectionFailed.publish({ clientId: this.#clientId, broker: this.#broker, lane, durationMs, error })
  }

  breakerOpened(waitMs: number, error: Error): void {
    if (!channels.breakerOpened.hasSubscribers) return
    channels.breakerOpened.publish({ clientId: this.#clientId, broker: this.#broker, waitMs, error })
  }

  breakerClosed(): void {
    if (!channels.breakerClosed.hasSubscribers) return
    channels.breakerClosed.publish({ clientId: this.#clientId, broker: this.#broker })
  }
}

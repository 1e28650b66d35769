// What one connection tells of itself and its requests. A request is told of when somebody listened as it was sent.

import type { Clock } from '../../io/clock.ts'
import type { SendPart } from '../../io/net.ts'
import { bytesIn } from '../../io/send-part.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import { channels } from './channels.ts'
import type { ConnectionMessage, RequestMessage } from './messages.ts'

/** The length field in front of a response. */
const lengthFieldBytes = 4

export class ConnectionNews {
  readonly #who: ConnectionMessage
  readonly #clock: Clock
  #isOpened = false

  constructor(who: ConnectionMessage, clock: Clock) {
    this.#who = who
    this.#clock = clock
  }

  opened(durationMs: number): void {
    this.#isOpened = true
    if (channels.connectionOpened.hasSubscribers) channels.connectionOpened.publish({ ...this.#who, durationMs })
  }

  /** Nothing of one that was never opened: that is told as a failure. */
  closed(error: Error | undefined): void {
    if (this.#isOpened && channels.connectionClosed.hasSubscribers) {
      channels.connectionClosed.publish({ ...this.#who, error })
    }
  }

  /** What is to be told again with the answer; undefined when nobody listens. */
  sent(
    api: Api,
    apiVersion: number,
    correlationId: number,
    parts: readonly SendPart[],
    expectsAnswer: boolean,
  ): RequestMessage | undefined {
    if (!channels.requestSent.hasSubscribers && !channels.requestAnswered.hasSubscribers) return undefined
    const { clientId, broker, lane } = this.#who
    const message: RequestMessage = {
      clientId,
      broker,
      lane,
      sentMs: this.#clock.monotonicMs(),
      api: api.name,
      apiVersion,
      correlationId,
      requestBytes: bytesIn(parts),
      expectsAnswer,
      latencyMs: undefined,
      responseBytes: undefined,
      throttleTimeMs: undefined,
      error: undefined,
    }
    channels.requestSent.publish(message)
    return message
  }

  /** `frameBytes`: without the length field. */
  answered(message: RequestMessage, frameBytes: number, answer: object): void {
    message.responseBytes = frameBytes + lengthFieldBytes
    message.throttleTimeMs = Number('throttleTimeMs' in answer ? answer.throttleTimeMs : 0)
    this.#publish(message)
  }

  failed(message: RequestMessage, error: Error): void {
    message.error = error
    this.#publish(message)
  }

  #publish(message: RequestMessage): void {
    message.latencyMs = this.#clock.monotonicMs() - message.sentMs
    channels.requestAnswered.publish(message)
  }
}

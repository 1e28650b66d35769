// Receives through Node's stream, into one buffer of the process (shared-receive.ts): without the addon.

import type { Socket } from 'node:net'
import type { Receiver, ReceiverEvents } from './receiver.ts'

export class SocketReceiver implements Receiver {
  readonly #socket: Socket
  readonly #events: ReceiverEvents
  #isSilent = false

  constructor(socket: Socket, events: ReceiverEvents) {
    this.#socket = socket
    this.#events = events
  }

  start(): void {
    this.#socket.on('data', chunk => {
      if (!this.#isSilent) this.#events.data(chunk)
    })
    this.#socket.on('end', () => {
      if (!this.#isSilent) this.#events.end()
    })
    // It may have been paused until there is somebody to receive.
    this.#socket.resume()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  // Both sides have ended then, so that the socket closes by itself.
  discard(): void {
    this.#isSilent = true
    this.#socket.resume()
  }

  close(): void {
    this.#isSilent = true
  }
}

// One TCP connection of the machine, on node:net: events, ending, and who is told when what has left. How the bytes leave is
// its sender's: native code where there is some, otherwise JavaScript.
// Invariant: each `done` is called exactly once, before `close` is.

import type { Socket } from 'node:net'
import type { Connection, ConnectionEvents, NetError, SendPart } from './net.ts'
import { connectionError } from './net-error.ts'
import type { PartSender } from './part-sender.ts'
import type { MakeSender } from './real-sender.ts'
import { bytesIn, retainFiles } from './send-part.ts'

export interface RealConnectionOptions {
  /** `send` answers false above this many pending bytes. */
  readonly highWaterBytes: number
  /** How long the other side has to close after `end`. */
  readonly lingerMs: number
}

interface Sending {
  readonly done: (() => void) | undefined
  /** Let go of the descriptors of the file parts. */
  readonly releases: readonly (() => void)[]
}

export class RealConnection implements Connection {
  readonly remoteHost: string
  readonly remotePort: number
  readonly localHost: string
  readonly localPort: number
  readonly #socket: Socket
  readonly #options: RealConnectionOptions
  readonly #sender: PartSender
  #events: ConnectionEvents | undefined
  /** Not yet taken by the operating system up to the last byte. */
  #sendings: Sending[] = []
  #pendingBytes = 0
  #mustDrain = false
  #ended = false
  #finished = false
  #destroyed = false
  #closed = false
  #linger: NodeJS.Timeout | undefined

  constructor(socket: Socket, options: RealConnectionOptions, makeSender: MakeSender) {
    this.remoteHost = socket.remoteAddress ?? ''
    this.remotePort = socket.remotePort ?? 0
    this.localHost = socket.localAddress ?? ''
    this.localPort = socket.localPort ?? 0
    this.#socket = socket
    this.#options = options
    let failure: NetError | undefined
    socket.on('error', cause => {
      failure = this.#asNetError(cause)
    })
    socket.on('close', () => this.#onClosed(failure))
    this.#sender = makeSender(socket, {
      taken: (bytes, sends) => this.#onTaken(bytes, sends),
      flushed: () => {
        if (this.#ended) this.#finish()
      },
      failed: cause => socket.destroy(cause),
    })
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  listen(events: ConnectionEvents): void {
    if (this.#events) throw new Error('a connection has one listener')
    this.#events = events
    this.#socket.on('data', chunk => {
      if (!this.#deaf) events.data(chunk)
    })
    this.#socket.on('end', () => {
      if (!this.#deaf) events.end()
    })
  }

  send(parts: readonly SendPart[], done?: () => void): boolean {
    if (this.#closed || this.#deaf) {
      if (done) setImmediate(done)
      return true
    }
    const releases = retainFiles(parts)
    this.#pendingBytes += bytesIn(parts)
    this.#sendings.push({ done, releases })
    this.#sender.send(parts)
    if (this.#pendingBytes <= this.#options.highWaterBytes) return true
    this.#mustDrain = true
    return false
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    if (this.#ended || this.#closed) return
    this.#ended = true
    this.#sender.flush()
  }

  destroy(): void {
    this.#destroyed = true
    this.#sender.close()
    this.#socket.destroy()
  }

  /** The program wants to hear nothing but that it is over. */
  get #deaf(): boolean {
    return this.#ended || this.#destroyed
  }

  #onTaken(bytes: number, sends: number): void {
    this.#pendingBytes -= bytes
    for (let count = 0; count < sends; count++) settle(this.#sendings.shift()!)
    if (!this.#mustDrain || this.#pendingBytes > 0) return
    this.#mustDrain = false
    if (!this.#destroyed) this.#events?.drain()
  }

  // Closing at once would reset the connection when bytes of the other side are unread, and it could lose what we sent:
  // we say that we are done, read on without looking, and wait for the other side to close, but not for ever.
  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    this.#socket.end()
    this.#socket.resume()
    this.#linger = setTimeout(() => this.#socket.destroy(), this.#options.lingerMs).unref()
  }

  #onClosed(failure: NetError | undefined): void {
    this.#closed = true
    clearTimeout(this.#linger)
    this.#pendingBytes = 0
    this.#sender.close()
    for (const sending of this.#sendings.splice(0)) settle(sending)
    this.#events?.close(failure)
  }

  #asNetError(cause: Error): NetError {
    const { code } = cause as NodeJS.ErrnoException
    const reset = code === 'ECONNRESET' || code === 'EPIPE'
    const address = { host: this.remoteHost, port: this.remotePort }
    return connectionError(address, reset ? 'RESET' : 'FAILED', cause)
  }
}

function settle({ releases, done }: Sending): void {
  for (const release of releases) release()
  done?.()
}

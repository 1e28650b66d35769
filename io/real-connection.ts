// One TCP connection of the machine, on node:net: events, ending, and who is told when what has left. How the bytes come and
// leave is its transport's: native code where there is some, otherwise JavaScript.
// Invariant: each `done` is called exactly once, before `close` is.

import type { Socket } from 'node:net'
import type { Connection, ConnectionEvents, NetError, SendPart } from './net.ts'
import { connectionError, isOfTls } from './net-error.ts'
import { bytesIn, retainFiles } from './send-part.ts'
import type { OpenTransport, Transport } from './transport.ts'

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
  readonly #options: RealConnectionOptions
  readonly #transport: Transport
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

  constructor(connected: Socket, options: RealConnectionOptions, openTransport: OpenTransport) {
    this.remoteHost = connected.remoteAddress ?? ''
    this.remotePort = connected.remotePort ?? 0
    this.localHost = connected.localAddress ?? ''
    this.localPort = connected.localPort ?? 0
    this.#options = options
    this.#transport = openTransport(connected, {
      taken: (bytes, sends) => this.#onTaken(bytes, sends),
      flushed: () => {
        if (this.#ended) this.#finish()
      },
      room: () => (this.#deaf ? undefined : this.#events?.room?.()),
      filled: bytes => this.#events?.filled?.(bytes),
      data: chunk => {
        if (!this.#deaf) this.#events?.data(chunk)
      },
      end: () => {
        if (!this.#deaf) this.#events?.end()
      },
      failed: cause => this.#socket.destroy(cause),
    })
    let failure: NetError | undefined
    this.#socket.on('error', cause => {
      failure = this.#asNetError(cause)
      // Of a TLS connection that may stay half open, Node tells the error and closes nothing.
      this.#socket.destroy()
    })
    this.#socket.on('close', () => this.#onClosed(failure))
  }

  get #socket(): Socket {
    return this.#transport.socket
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  listen(events: ConnectionEvents): void {
    if (this.#events) throw new Error('a connection has one listener')
    this.#events = events
    this.#transport.receiver.start()
  }

  send(parts: readonly SendPart[], done?: () => void): boolean {
    if (this.#closed || this.#deaf) {
      if (done) setImmediate(done)
      return true
    }
    const releases = retainFiles(parts)
    this.#pendingBytes += bytesIn(parts)
    this.#sendings.push({ done, releases })
    this.#transport.sender.send(parts)
    if (this.#pendingBytes <= this.#options.highWaterBytes) return true
    this.#mustDrain = true
    return false
  }

  pause(): void {
    this.#transport.receiver.pause()
  }

  resume(): void {
    this.#transport.receiver.resume()
  }

  end(): void {
    if (this.#ended || this.#closed) return
    this.#ended = true
    this.#transport.sender.flush()
  }

  destroy(): void {
    this.#destroyed = true
    this.#transport.close()
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
    this.#socket.end(() => this.#transport.receiver.discard())
    this.#linger = setTimeout(() => this.#socket.destroy(), this.#options.lingerMs).unref()
  }

  #onClosed(failure: NetError | undefined): void {
    this.#closed = true
    clearTimeout(this.#linger)
    this.#pendingBytes = 0
    this.#transport.close()
    for (const sending of this.#sendings.splice(0)) settle(sending)
    this.#events?.close(failure)
  }

  #asNetError(cause: Error): NetError {
    const { code = '' } = cause as NodeJS.ErrnoException
    const isReset = code === 'ECONNRESET' || code === 'EPIPE'
    const address = { host: this.remoteHost, port: this.remotePort }
    return connectionError(address, isReset ? 'RESET' : isOfTls(code) ? 'UNTRUSTED' : 'FAILED', cause)
  }
}

function settle({ releases, done }: Sending): void {
  for (const release of releases) release()
  done?.()
}

// One TCP connection of the machine, on node:net. What is sent in one turn of the event loop leaves in one writev.
// Invariants: bytes leave in the order of `send`; about two chunks of files are in memory at once, whatever is queued;
// each `done` is called exactly once, before `close` is.
// Here file parts pass through memory; native code that sends them from the page cache takes this class's place.

import type { Socket } from 'node:net'
import type { Connection, ConnectionEvents, FilePart, NetError, SendPart } from './net.ts'
import { connectionError } from './net-error.ts'
import { bytesIn, isFilePart, readPart, retainFiles } from './send-part.ts'

// Chunks of files: small enough that a hundred slow readers fit into memory, large enough to be cheap per byte.
const chunkBytes = 256 * 1024
const chunksAheadMax = 1

export interface RealConnectionOptions {
  /** `send` answers false above this many pending bytes. */
  readonly highWaterBytes: number
  /** How long the other side has to close after `end`. */
  readonly lingerMs: number
}

interface Sending {
  readonly parts: readonly SendPart[]
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
  #events: ConnectionEvents | undefined
  /** Not yet given to the socket up to the last byte. */
  #queue: Sending[] = []
  /** Given to the socket, not yet taken by the operating system up to the last byte. */
  #leaving: Sending[] = []
  #pendingBytes = 0
  #socketBytes = 0
  #flushing = false
  #mustDrain = false
  #ended = false
  #destroyed = false
  #closed = false
  #onRoom: (() => void) | undefined
  #linger: NodeJS.Timeout | undefined

  constructor(socket: Socket, options: RealConnectionOptions) {
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
    this.#queue.push({ parts, done, releases })
    this.#flushSoon()
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
    this.#flushSoon()
  }

  destroy(): void {
    this.#destroyed = true
    this.#socket.destroy()
  }

  /** The program wants to hear nothing but that it is over. */
  get #deaf(): boolean {
    return this.#ended || this.#destroyed
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flush().catch(cause => this.#socket.destroy(cause as Error))
    })
  }

  // One at a time, or two readers of files would overtake each other. What is sent meanwhile is taken along.
  async #flush(): Promise<void> {
    const batch = new Batch()
    while (this.#queue.length > 0) {
      for (const part of this.#queue[0]!.parts) {
        if (isFilePart(part)) await this.#appendFile(batch, part)
        else this.#append(batch, part)
        if (this.#closed) return
      }
      this.#leaving.push(this.#queue.shift()!)
      batch.sendings += 1
    }
    this.#write(batch)
    this.#flushing = false
    if (this.#ended) this.#finish()
  }

  #append(batch: Batch, bytes: Uint8Array): void {
    if (batch.bytes >= chunkBytes) this.#write(batch)
    batch.add(bytes)
  }

  async #appendFile(batch: Batch, part: FilePart): Promise<void> {
    for (let sent = 0; sent < part.length; ) {
      if (batch.bytes >= chunkBytes) this.#write(batch)
      await this.#room()
      if (this.#closed) return
      const chunk = await readPart(part, sent, Math.min(chunkBytes, part.length - sent))
      if (this.#closed) return
      batch.add(chunk)
      sent += chunk.length
    }
  }

  #room(): Promise<void> | undefined {
    if (this.#socketBytes <= chunksAheadMax * chunkBytes) return undefined
    return new Promise(resolve => {
      this.#onRoom = resolve
    })
  }

  #write(batch: Batch): void {
    const { buffers, bytes, sendings } = batch.take()
    if (sendings === 0 && bytes === 0) return
    this.#socketBytes += bytes
    const last = buffers.pop() ?? nothing
    this.#socket.cork()
    for (const buffer of buffers) this.#socket.write(buffer)
    this.#socket.write(last, error => {
      if (!error) this.#onTaken(bytes, sendings)
    })
    this.#socket.uncork()
  }

  #onTaken(bytes: number, sendings: number): void {
    if (this.#closed) return
    this.#socketBytes -= bytes
    this.#pendingBytes -= bytes
    for (const sending of this.#leaving.splice(0, sendings)) settle(sending)
    this.#makeRoom()
    if (!this.#mustDrain || this.#pendingBytes > 0) return
    this.#mustDrain = false
    if (!this.#destroyed) this.#events?.drain()
  }

  #makeRoom(): void {
    const proceed = this.#onRoom
    this.#onRoom = undefined
    proceed?.()
  }

  // Closing at once would reset the connection when bytes of the other side are unread, and it could lose what we sent:
  // we say that we are done, read on without looking, and wait for the other side to close, but not for ever.
  #finish(): void {
    this.#socket.end()
    this.#socket.resume()
    this.#linger = setTimeout(() => this.#socket.destroy(), this.#options.lingerMs).unref()
  }

  #onClosed(failure: NetError | undefined): void {
    this.#closed = true
    clearTimeout(this.#linger)
    this.#pendingBytes = 0
    for (const sending of [...this.#leaving.splice(0), ...this.#queue.splice(0)]) settle(sending)
    this.#makeRoom()
    this.#events?.close(failure)
  }

  #asNetError(cause: Error): NetError {
    const { code } = cause as NodeJS.ErrnoException
    const reset = code === 'ECONNRESET' || code === 'EPIPE'
    const address = { host: this.remoteHost, port: this.remotePort }
    return connectionError(address, reset ? 'RESET' : 'FAILED', cause)
  }
}

const nothing = Buffer.alloc(0)

/** What the next writev takes. */
class Batch {
  buffers: Uint8Array[] = []
  bytes = 0
  /** Of how many sends the last byte is in it. */
  sendings = 0

  add(buffer: Uint8Array): void {
    this.buffers.push(buffer)
    this.bytes += buffer.length
  }

  take(): { buffers: Uint8Array[]; bytes: number; sendings: number } {
    const { buffers, bytes, sendings } = this
    this.buffers = []
    this.bytes = 0
    this.sendings = 0
    return { buffers, bytes, sendings }
  }
}

function settle({ releases, done }: Sending): void {
  for (const release of releases) release()
  done?.()
}

// One end of a simulated TCP connection. The operating system's part is simulated too: a window of bytes that are under
// way or unread at the other end, FIN and RST, and what is left of a connection when one side dies.

import type { Connection, ConnectionEvents, NetError, SendPart } from '../net.ts'
import { connectionError } from '../net-error.ts'
import { bytesIn, isFilePart, readPart, retainFiles } from '../send-part.ts'
import type { SimProcess } from './process.ts'
import type { Item, Wire } from './wire.ts'

/** What stands in a chunk once it has been handed over. */
const overwritten = 0xdd

export interface SimConnectionOptions {
  /** `send` answers false above this many pending bytes. */
  readonly highWaterBytes: number
  /** Bytes that can be under way or unread: what the operating system takes before it makes the sender wait. */
  readonly windowBytes: number
  /** How long the other side has to close after `end`. */
  readonly lingerMs: number
  /** Whether a transmission breaks the connection instead. */
  readonly breaks: () => boolean
}

export interface Ends {
  readonly localHost: string
  readonly localPort: number
  readonly remoteHost: string
  readonly remotePort: number
}

interface Sending {
  readonly parts: readonly SendPart[]
  readonly done: (() => void) | undefined
  readonly releases: readonly (() => void)[]
  /** Which part is next, and how much of it has left. */
  part: number
  partBytesSent: number
}

export class SimConnection implements Connection {
  readonly localHost: string
  readonly localPort: number
  readonly remoteHost: string
  readonly remotePort: number
  readonly #process: SimProcess
  readonly #options: SimConnectionOptions
  readonly #withdrawDeath: () => void
  #wire!: Wire
  #peer!: SimConnection
  #events: ConnectionEvents | undefined
  #queue: Sending[] = []
  #leaving: Sending[] = []
  #inbox: Item[] = []
  #pendingBytes = 0
  #unreadBytes = 0
  #flushing = false
  #mustDrain = false
  #paused = false
  #ended = false
  #endSent = false
  #endReceived = false
  #closed = false
  #onRoom: (() => void) | undefined

  constructor(process: SimProcess, ends: Ends, options: SimConnectionOptions) {
    this.localHost = ends.localHost
    this.localPort = ends.localPort
    this.remoteHost = ends.remoteHost
    this.remotePort = ends.remotePort
    this.#process = process
    this.#options = options
    this.#withdrawDeath = process.onDeath(() => this.#die())
  }

  /** Must be called once before anything else: the wire to the other end, and that end. */
  attach(wire: Wire, peer: SimConnection): void {
    this.#wire = wire
    this.#peer = peer
  }

  get closed(): boolean {
    return this.#closed
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  listen(events: ConnectionEvents): void {
    if (this.#events) throw new Error('a connection has one listener')
    this.#events = events
    this.#dispatchSoon()
  }

  send(parts: readonly SendPart[], done?: () => void): boolean {
    if (this.#closed || this.#ended) {
      if (done) this.#process.schedule(0, done)
      return true
    }
    const releases = retainFiles(parts)
    this.#pendingBytes += bytesIn(parts)
    this.#queue.push({ parts, done, releases, part: 0, partBytesSent: 0 })
    this.#flushSoon()
    if (this.#pendingBytes <= this.#options.highWaterBytes) return true
    this.#mustDrain = true
    return false
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#dispatchSoon()
  }

  end(): void {
    if (this.#ended || this.#closed) return
    this.#ended = true
    this.#flushSoon()
    this.resume()
  }

  destroy(): void {
    if (this.#closed) return
    this.#hangUp()
    this.#close()
  }

  /** The operating system's error: told to this side's program; the other side learns of it by a reset, if it gets through. */
  fail(code: 'RESET' | 'FAILED', reason: string): void {
    if (this.#closed) return
    this.#wire.drop()
    this.#wire.carry({ kind: 'reset' })
    this.#close(this.#error(code, new Error(reason)))
  }

  /** The machine has lost its power: nothing is sent, nobody is told. */
  vanish(): void {
    this.#wire.drop()
    this.#closed = true
  }

  /** Something has arrived. */
  receive(item: Item): void {
    if (this.#closed) {
      // Nobody is there to read it; the other side learns that now.
      if (item.kind === 'data') this.#wire.carry({ kind: 'reset' })
      return
    }
    if (item.kind === 'reset') {
      this.#close(this.#error('RESET', new Error('connection reset by peer')))
    } else {
      this.#inbox.push(item)
      if (this.#process.isPaused) this.#dispatchSoon()
      else this.#dispatch()
    }
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#process.schedule(0, () => {
      this.#flush().catch(cause => this.#destroyBy(cause as Error))
    })
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const room = this.#room()
      if (!this.#hasRoom()) {
        await new Promise<void>(resolve => {
          this.#onRoom = resolve
        })
      } else {
        const batch = await this.#fill(room)
        if (batch) this.#transmit(batch)
      }
      if (this.#closed) return
    }
    this.#flushing = false
    if (this.#ended) this.#sendEnd()
  }

  /** Up to `room` bytes of what is queued; undefined when the connection has closed meanwhile. */
  async #fill(room: number): Promise<Uint8Array[] | undefined> {
    const batch: Uint8Array[] = []
    let left = room
    while (this.#queue.length > 0 && (left > 0 || nextLength(this.#queue[0]!) === 0)) {
      const sending = this.#queue[0]!
      const part = sending.parts[sending.part]
      if (part) {
        const count = Math.min(left, part.length - sending.partBytesSent)
        const bytes = isFilePart(part)
          ? await readPart(part, sending.partBytesSent, count)
          : part.subarray(sending.partBytesSent, sending.partBytesSent + count)
        if (this.#closed) return undefined
        batch.push(bytes)
        left -= count
        sending.partBytesSent += count
        if (sending.partBytesSent < part.length) continue
        sending.part += 1
        sending.partBytesSent = 0
      }
      if (sending.part >= sending.parts.length) this.#leaving.push(this.#queue.shift()!)
    }
    return batch
  }

  #transmit(batch: readonly Uint8Array[]): void {
    const bytes = Buffer.concat(batch)
    if (bytes.length > 0 && this.#options.breaks()) this.fail('RESET', 'connection reset by the simulation')
    if (this.#closed) return
    this.#pendingBytes -= bytes.length
    this.#unreadBytes += bytes.length
    if (bytes.length > 0) this.#wire.carry({ kind: 'data', bytes })
    for (const sending of this.#leaving.splice(0)) settle(sending)
    if (!this.#mustDrain || this.#pendingBytes > 0 || this.#closed) return
    this.#mustDrain = false
    this.#events?.drain()
  }

  #room(): number {
    return Math.max(0, this.#options.windowBytes - this.#unreadBytes)
  }

  // As TCP does: waits for half a window, or a byte read would send a byte, and that a byte, and so on.
  #hasRoom(): boolean {
    return this.#room() >= Math.min(this.#pendingBytes, this.#options.windowBytes / 2)
  }

  /** The other side has read bytes of ours. */
  #onRead(bytes: number): void {
    this.#unreadBytes -= bytes
    if (this.#hasRoom()) this.#proceed()
  }

  #proceed(): void {
    const proceed = this.#onRoom
    this.#onRoom = undefined
    proceed?.()
  }

  #dispatchSoon(): void {
    this.#process.schedule(0, () => this.#dispatch())
  }

  #dispatch(): void {
    while (this.#inbox.length > 0 && !this.#closed && this.#events && !this.#paused) {
      const item = this.#inbox.shift()!
      if (item.kind === 'data') {
        this.#read(item.bytes)
      } else {
        this.#endReceived = true
        if (!this.#ended) this.#events.end()
        if (this.#endSent) this.#close()
      }
    }
  }

  /** One read: what there is no room for in the listener's memory is the next one's. */
  #read(bytes: Uint8Array): void {
    const room = this.#ended ? undefined : this.#events!.room?.()
    const count = Math.min(bytes.length, room?.length ?? bytes.length)
    this.#peer.#onRead(count)
    if (count < bytes.length) this.#inbox.unshift({ kind: 'data', bytes: bytes.subarray(count) as Buffer })
    if (this.#ended) return
    if (room === undefined) {
      this.#hand(bytes)
      return
    }
    room.set(bytes.subarray(0, count))
    this.#events!.filled!(count)
  }

  // A copy, which the next bytes would be received into: whoever keeps a view of it finds others there.
  #hand(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes)
    this.#events!.data(chunk)
    chunk.fill(overwritten)
  }

  #sendEnd(): void {
    if (this.#endSent) return
    this.#endSent = true
    this.#wire.carry({ kind: 'end' })
    if (this.#endReceived) this.#close()
    else this.#process.schedule(this.#options.lingerMs, () => this.destroy())
  }

  #destroyBy(cause: Error): void {
    if (this.#closed) return
    this.#hangUp()
    this.#close(this.#error('FAILED', cause))
  }

  #error(code: 'RESET' | 'FAILED', cause: Error): NetError {
    return connectionError({ host: this.remoteHost, port: this.remotePort }, code, cause)
  }

  // What close(2) does: bytes that were taken still arrive, unless bytes that came in are lost unread.
  #hangUp(): void {
    const unread = this.#inbox.some(item => item.kind === 'data')
    if (unread) this.#wire.carry({ kind: 'reset' })
    else if (!this.#endSent) this.#wire.carry({ kind: 'end' })
  }

  #close(error?: NetError): void {
    this.#closed = true
    this.#inbox = []
    this.#withdrawDeath()
    this.#proceed()
    this.#process.schedule(0, () => {
      this.#pendingBytes = 0
      for (const sending of [...this.#leaving.splice(0), ...this.#queue.splice(0)]) settle(sending)
      this.#events?.close(error)
    })
  }

  // The program is gone and nobody on this side is told; the operating system closes the connection.
  #die(): void {
    if (this.#closed) return
    this.#closed = true
    this.#hangUp()
  }
}

/** What is left of the part that is next; 0 when nothing has to leave for it. */
function nextLength({ parts, part, partBytesSent }: Sending): number {
  return (parts[part]?.length ?? 0) - partBytesSent
}

function settle({ releases, done }: Sending): void {
  for (const release of releases) release()
  done?.()
}

// Sends parts through JavaScript, on node:net: what is sent in one turn leaves in one writev, files pass through memory.
// Invariants: bytes leave in the order of `send`; about two chunks of files are in memory at once, whatever is queued.

import type { Socket } from 'node:net'
import type { FilePart, SendPart } from './net.ts'
import type { PartSender, SenderEvents } from './part-sender.ts'
import { chunkBytes, isFilePart, readPart } from './send-part.ts'

const chunksAheadMax = 1

export class SocketSender implements PartSender {
  readonly #socket: Socket
  readonly #events: SenderEvents
  #queue: (readonly SendPart[])[] = []
  #socketBytes = 0
  #flushing = false
  #closed = false
  #onRoom: (() => void) | undefined

  constructor(socket: Socket, events: SenderEvents) {
    this.#socket = socket
    this.#events = events
  }

  send(parts: readonly SendPart[]): void {
    this.#queue.push(parts)
    this.flush()
  }

  flush(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flush().catch(cause => {
        if (!this.#closed) this.#events.failed(cause as Error)
      })
    })
  }

  close(): void {
    this.#closed = true
    this.#queue = []
    this.#makeRoom()
  }

  // One at a time, or two readers of files would overtake each other. What is sent meanwhile is taken along.
  async #flush(): Promise<void> {
    const batch = new Batch()
    while (this.#queue.length > 0) {
      for (const part of this.#queue.shift()!) {
        if (isFilePart(part)) await this.#appendFile(batch, part)
        else this.#append(batch, part)
        if (this.#closed) return
      }
      batch.sends += 1
    }
    this.#write(batch)
    this.#flushing = false
    if (!this.#closed) this.#events.flushed()
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
    const { buffers, bytes, sends } = batch.take()
    if (sends === 0 && bytes === 0) return
    this.#socketBytes += bytes
    const last = buffers.pop() ?? nothing
    this.#socket.cork()
    for (const buffer of buffers) this.#socket.write(buffer)
    this.#socket.write(last, error => {
      if (!error) this.#onTaken(bytes, sends)
    })
    this.#socket.uncork()
  }

  #onTaken(bytes: number, sends: number): void {
    if (this.#closed) return
    this.#socketBytes -= bytes
    this.#makeRoom()
    this.#events.taken(bytes, sends)
  }

  #makeRoom(): void {
    const proceed = this.#onRoom
    this.#onRoom = undefined
    proceed?.()
  }
}

const nothing = Buffer.alloc(0)

/** What the next writev takes. */
class Batch {
  buffers: Uint8Array[] = []
  bytes = 0
  /** Of how many sends the last byte is in it. */
  sends = 0

  add(buffer: Uint8Array): void {
    this.buffers.push(buffer)
    this.bytes += buffer.length
  }

  take(): { buffers: Uint8Array[]; bytes: number; sends: number } {
    const { buffers, bytes, sends } = this
    this.buffers = []
    this.bytes = 0
    this.sends = 0
    return { buffers, bytes, sends }
  }
}

// One end of a connection under test: it remembers what it was told, and lets a test wait for it.

import type { Clock } from '../clock.ts'
import type { Connection } from '../net.ts'

export class Peer {
  readonly connection: Connection
  readonly closed: Promise<Error | undefined>
  drains = 0
  closes = 0
  ended = false
  /** Of the listener's memory, how many bytes it offers for the next read; 0 for none. */
  roomBytes: () => number = () => 0
  /** Called after each piece. */
  onPiece: () => void = () => {}
  readonly #clock: Clock
  #room: Buffer | undefined
  #chunks: Buffer[] = []
  #received = 0

  constructor(connection: Connection, clock: Clock) {
    this.connection = connection
    this.#clock = clock
    this.closed = new Promise(resolve => {
      connection.listen({
        room: () => {
          const bytes = this.roomBytes()
          this.#room = bytes > 0 ? Buffer.alloc(bytes) : undefined
          return this.#room
        },
        filled: bytes => this.#note(this.#room!.subarray(0, bytes)),
        data: chunk => this.#note(Buffer.from(chunk)),
        drain: () => {
          this.drains += 1
        },
        end: () => {
          if (this.ended) throw new Error('a second end')
          this.ended = true
        },
        close: error => {
          this.closes += 1
          resolve(error)
        },
      })
    })
  }

  #note(piece: Buffer): void {
    if (this.closes > 0 || this.ended) throw new Error('data after end or close')
    this.#chunks.push(piece)
    this.#received += piece.length
    this.onPiece()
  }

  get received(): number {
    return this.#received
  }

  get isClosed(): boolean {
    return this.closes > 0
  }

  /** How many chunks it came in. */
  get pieces(): number {
    return this.#chunks.length
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  /** All bytes so far, once there are `count`. */
  async receives(count: number): Promise<Buffer> {
    await this.until(() => this.#received >= count)
    return this.bytes()
  }

  /** Looks again after every few events; the test's own time limit ends it. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#pause(1)
  }

  /** Long enough for all that can happen to have happened, on a machine that is not overloaded. */
  async idle(): Promise<void> {
    await this.#pause(50)
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => this.#clock.after(ms, resolve))
  }
}

// Reading ranges of files into the page cache for connections that are to send them: at most a few at once, the rest wait
// in line. Invariants: a file is retained from when its range is asked for until the read is over, whatever becomes of the
// connection; what is given up while it waits is never read.
// Why few: libuv's pool has four threads. Were all of them reading for slow consumers, writes and fdatasync would wait.

import type { DiskFile } from '../disk.ts'

/** Of the thread pool's threads (four, unless UV_THREADPOOL_SIZE says otherwise), how many may read for connections. */
export const coldReadsAtOnceMax = 2

export interface ColdRead {
  readonly file: DiskFile
  readonly descriptor: number
  readonly position: number
  readonly length: number
  /** How many bytes the file has there, or a negative errno. Not called when it was given up while it waited. */
  done(result: number): void
}

type Read = (file: number, position: number, length: number, done: (result: number) => void) => void

export class ColdReads {
  readonly #read: Read
  readonly #atOnceMax: number
  /** At most one per connection. In the order they came. */
  readonly #waiting = new Map<ColdRead, () => void>()
  #running = 0

  constructor(read: Read, atOnceMax = coldReadsAtOnceMax) {
    this.#read = read
    this.#atOnceMax = atOnceMax
  }

  get running(): number {
    return this.#running
  }
  get waiting(): number {
    return this.#waiting.size
  }

  start(read: ColdRead): void {
    this.#waiting.set(read, read.file.retain())
    this.#proceed()
  }

  /** Takes it out of the line. One that is under way goes on, since a thread cannot be called back. */
  giveUp(read: ColdRead): void {
    this.#waiting.get(read)?.()
    this.#waiting.delete(read)
  }

  #proceed(): void {
    for (const [read, release] of this.#waiting) {
      if (this.#running >= this.#atOnceMax) return
      this.#waiting.delete(read)
      this.#running += 1
      this.#read(read.descriptor, read.position, read.length, result => {
        this.#running -= 1
        release()
        this.#proceed()
        read.done(result)
      })
    }
  }
}

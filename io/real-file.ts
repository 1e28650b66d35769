// An open file of the machine. Invariant: the descriptor is closed exactly once, when the owner has closed the file and no
// operation or range being sent uses it any more. Otherwise: write begins, close(2), the number is given to the next
// open(2), the write lands in somebody else's file.

import { close, fdatasync, fstat, ftruncate, futimes, read, writev } from 'node:fs'
import { dirtyRoomBytes } from './dirty-pages.ts'
import { DiskError, type DiskFile } from './disk.ts'
import { InlineWrites } from './inline-writes.ts'
import { nativeAddon } from './native/addon.ts'
import { blockedWritesPlace } from './native/native-counters.ts'
import { readAll, writeAll } from './partial-transfer.ts'
import { asDiskError } from './real-disk-error.ts'
import { bytesIn } from './send-part.ts'

// A read that is much longer than what is left of the file must not take memory for it.
const readBytesAtOnceMax = 8 * 1024 * 1024

/** Of all files of the process, since they share its loop. */
const inlineWrites = new InlineWrites({
  now: () => performance.now(),
  roomBytes: dirtyRoomBytes,
  waits: () => nativeAddon().addon?.counters[blockedWritesPlace] ?? 0,
})

/** The descriptor of a file of the machine; of any other, undefined. Valid while the file is retained. */
export const descriptorOf = (file: DiskFile) => RealFile.descriptorOf(file)

const done: Promise<void> = Promise.resolve()

export class RealFile implements DiskFile {
  readonly path: string
  readonly #fd: number
  #references = 1
  #closed = false
  #syncFailure: DiskError | undefined
  /** A write would wait until it is done. */
  #isReserving = false

  constructor(path: string, fd: number) {
    this.path = path
    this.#fd = fd
  }

  /** The descriptor, for a platform's own way of sending; valid while retained. */
  get descriptor(): number {
    return this.#fd
  }

  /** Undefined for what only looks like a file of the machine, such as one that a test has wrapped. */
  static descriptorOf(file: DiskFile): number | undefined {
    return #fd in file ? file.#fd : undefined
  }

  read(position: number, length: number): Promise<Buffer> {
    return this.#using(async () => {
      const first = Buffer.allocUnsafe(Math.min(length, readBytesAtOnceMax))
      const firstBytes = await this.#readInto(first, position)
      if (firstBytes < first.length) return first.subarray(0, firstBytes)
      if (first.length === length) return first
      const rest = await this.read(position + firstBytes, length - firstBytes)
      return Buffer.concat([first, rest])
    })
  }

  readCached(into: Uint8Array, position: number): number {
    const { addon } = nativeAddon()
    return addon && this.#references > 0 ? addon.readCached(this.#fd, into, position) : -1
  }

  writeCached(buffers: readonly Uint8Array[], position: number): boolean {
    const { addon } = nativeAddon()
    if (addon === undefined || this.#references === 0 || this.#isReserving) return false
    const bytes = bytesIn(buffers)
    return inlineWrites.attempt(bytes, () => addon.writeCached(this.#fd, buffers, position)) === bytes
  }

  write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    return this.writeCached(buffers, position) ? done : this.#writeOnThread(buffers, position)
  }

  #writeOnThread(buffers: readonly Uint8Array[], position: number): Promise<void> {
    const writeSome = (left: readonly Uint8Array[], at: number) =>
      this.#call<number>(done => writev(this.#fd, left, at, done))
    return this.#using(async () => {
      if (await writeAll(buffers, position, writeSome)) return
      throw new DiskError('DISK_FAILED', this.path, {
        message: `${this.path} takes no more bytes, and no error says why`,
      })
    })
  }

  reserve(position: number, length: number): Promise<boolean> {
    const { addon } = nativeAddon()
    if (addon === undefined || this.#references === 0 || this.#isReserving) return Promise.resolve(false)
    this.#isReserving = true
    this.#hold()
    return new Promise(resolve => {
      addon.reserve(this.#fd, position, length, result => {
        this.#isReserving = false
        void this.#release()
        resolve(result === 0)
      })
    })
  }

  truncate(length: number): Promise<void> {
    return this.#using(() => this.#call<void>(done => ftruncate(this.#fd, length, done)))
  }

  datasync(): Promise<void> {
    return this.#using(async () => {
      // Linux reports a lost page once and then calls it clean: a second sync would succeed without the data.
      if (this.#syncFailure) throw this.#syncFailure
      try {
        await this.#call<void>(done => fdatasync(this.#fd, done))
      } catch (error) {
        this.#syncFailure = error as DiskError
        throw error
      }
    })
  }

  setModified(modifiedMs: number): Promise<void> {
    const seconds = modifiedMs / 1000
    return this.#using(() => this.#call<void>(done => futimes(this.#fd, seconds, seconds, done)))
  }

  size(): Promise<number> {
    return this.#using(async () => (await this.#call<{ size: number }>(done => fstat(this.#fd, done))).size)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#release()
  }

  retain(): () => void {
    this.#hold()
    let held = true
    return () => {
      if (!held) return
      held = false
      void this.#release()
    }
  }

  #readInto(buffer: Buffer, position: number): Promise<number> {
    return readAll(buffer.length, position, (filled, at) =>
      this.#call<number>(done => read(this.#fd, buffer, filled, buffer.length - filled, at, done)),
    )
  }

  #call<Result>(start: (done: (error: Error | null, result?: Result) => void) => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      start((error, result) => (error ? reject(asDiskError(error, this.path)) : resolve(result as Result)))
    })
  }

  async #using<Result>(operation: () => Promise<Result>): Promise<Result> {
    this.#hold()
    try {
      return await operation()
    } finally {
      void this.#release()
    }
  }

  #hold(): void {
    if (this.#references === 0)
      throw new DiskError('DISK_FAILED', this.path, { message: `${this.path} is used after it was closed` })
    this.#references += 1
  }

  // What close(2) says does not matter: what had to be on disk was synced, and the descriptor is gone in any case.
  #release(): Promise<void> {
    this.#references -= 1
    if (this.#references > 0) return Promise.resolve()
    return new Promise(resolve => close(this.#fd, () => resolve()))
  }
}

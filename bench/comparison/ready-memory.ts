// Memory for the passes of a bench that the host of a virtual machine has already given to it. Memory that is not there yet is made
// ready by the host when it is first touched: 2.5 s of CPU for a GB, charged to whoever writes, ten times what the write itself costs
// (dd of 2 GB into the page cache: 0.34 s of CPU, or 5.1). And what is free goes back: the kernel tells the host of free blocks within
// seconds (free page reporting), so that touching all of it once before the first pass is not enough. Which pass gets such pages is chance.
//
// So memory is held in files of a tmpfs and given free while a pass runs, as fast as the pass takes it: what was freed last is taken
// first. Nothing is different on a machine whose memory is its own. The files have no names, so that nothing of it stays held
// however this process ends.

import { closeSync, existsSync, openSync, readFileSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const meminfoPath = '/proc/meminfo'
const tmpfs = '/dev/shm'
const mebibyte = 1024 * 1024
const gibibyte = 1024 * mebibyte

export interface ReadyMemoryOptions {
  /** In memory. */
  readonly folder: string
  /** What nothing is in. */
  readonly freeBytes: () => number
  /** More than a pass takes. */
  readonly heldBytesMax: number
  /** Left free while memory is held. */
  readonly spareBytes: number
  /** What a pass finds free and ready at any time, for some hundredths of a second: what is free for longer goes back to the host. */
  readonly aheadBytes: number
  readonly chunkBytes: number
  readonly lookMs: number
}

const usual = {
  heldBytesMax: 8 * gibibyte,
  spareBytes: 4 * gibibyte,
  aheadBytes: 512 * mebibyte,
  chunkBytes: 64 * mebibyte,
  lookMs: 10,
}

export class ReadyMemory {
  readonly #options: ReadyMemoryOptions
  /** Descriptors of files that have no name any more. */
  readonly #held: number[] = []

  constructor(options: ReadyMemoryOptions) {
    this.#options = options
  }

  /** Undefined where there is no tmpfs to hold it in. */
  static open(): ReadyMemory | undefined {
    if (!existsSync(tmpfs) || !existsSync(meminfoPath)) return undefined
    const { bavail, bsize } = statfsSync(tmpfs)
    const heldBytesMax = Math.min(usual.heldBytesMax, bavail * bsize)
    return new ReadyMemory({
      ...usual,
      heldBytesMax,
      folder: tmpfs,
      freeBytes: () => freeBytes(readFileSync(meminfoPath, 'utf8')),
    })
  }

  get heldBytes(): number {
    return this.#held.length * this.#options.chunkBytes
  }

  /** Memory is held, then released while the pass runs. */
  async during<T>(pass: () => Promise<T>): Promise<T> {
    this.#hold()
    const freeBytesWanted = this.#options.freeBytes() + this.#options.aheadBytes
    const release = () => this.#release(freeBytesWanted)
    release()
    const timer = setInterval(release, this.#options.lookMs)
    try {
      return await pass()
    } finally {
      clearInterval(timer)
    }
  }

  #hold(): void {
    const { folder, freeBytes, heldBytesMax, spareBytes, chunkBytes } = this.#options
    const chunk = Buffer.alloc(chunkBytes, 1)
    while (this.heldBytes + chunkBytes <= heldBytesMax && freeBytes() - chunkBytes >= spareBytes) {
      const path = join(folder, `millrace-bench-${process.pid}`)
      const file = openSync(path, 'wx')
      this.#held.push(file)
      unlinkSync(path)
      writeFileSync(file, chunk)
    }
  }

  #release(freeBytesWanted: number): void {
    while (this.#held.length > 0 && this.#options.freeBytes() < freeBytesWanted) closeSync(this.#held.pop()!)
  }
}

/** Of the text of /proc/meminfo: what nothing is in. */
export function freeBytes(meminfo: string): number {
  return Number(/^MemFree:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * 1024
}

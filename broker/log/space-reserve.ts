// Disk space that is kept for bad days: a file that is given up when the disk is full, so that the metadata log can go on and
// something can be deleted. Made again when there is space.
//
// Only the directory of the metadata log keeps one.

import { type Disk, DiskError } from '../../io/disk.ts'

/** About ten thousand changes of metadata. */
export const reserveBytes = 1024 * 1024
export const reserveName = '.millrace_reserve'

export class SpaceReserve {
  readonly #disk: Disk
  readonly #path: string
  #isKept = false
  /** What is under way; the next step follows it. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(disk: Disk, directory: string) {
    this.#disk = disk
    this.#path = `${directory}/${reserveName}`
  }

  get isKept(): boolean {
    return this.#isKept
  }

  /** Takes the space, unless it is taken or there is too little. */
  make(): Promise<void> {
    return this.#then(async () => {
      if (this.#isKept) return
      try {
        await this.#write()
        this.#isKept = true
      } catch (error) {
        if (!(error instanceof DiskError) || error.code !== 'DISK_FULL') throw error
        await this.#disk.remove(this.#path)
      }
    })
  }

  async #write(): Promise<void> {
    const file = await this.#disk.open(this.#path, 'create')
    try {
      if ((await file.size()) !== reserveBytes) await file.write([incompressible()], 0)
      // Some file systems take the space only then.
      await file.datasync()
    } finally {
      await file.close()
    }
  }

  /** Gives the space up. Answers whether there was some. */
  release(): Promise<boolean> {
    return this.#then(async () => {
      const wasThere = this.#isKept || (await this.#disk.stat(this.#path)) !== undefined
      this.#isKept = false
      if (wasThere) await this.#disk.remove(this.#path)
      return wasThere
    })
  }

  #then<Result>(step: () => Promise<Result>): Promise<Result> {
    const next = this.#last.then(step)
    this.#last = next.catch(() => {})
    return next
  }
}

/** Zeros would take no space on some file systems. */
function incompressible(): Buffer {
  const words = new Uint32Array(reserveBytes / 4)
  let state = 0x9e3779b9
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[index] = state
  }
  return Buffer.from(words.buffer)
}

// Which segment files are open: a broker may hold more segments than a process may hold descriptors.
//
// Invariant: at most `countMax` files are open that nobody has just asked for; the one used longest ago is closed first. A
// file that is being read, written, synced or sent keeps its descriptor by itself (DiskFile.close waits for nothing).

import { type Disk, DiskError, type DiskFile } from '../../io/disk.ts'
import type { Position } from '../../protocol/types.ts'

/** What a broker keeps open when nobody says otherwise. */
export const openFilesMax = 4096

export class OpenFiles {
  readonly #countMax: number
  /** From the one used longest ago. */
  readonly #open = new Set<LogFile>()
  /** How often a file was opened; closed because others needed its place. */
  opened = 0
  evicted = 0

  constructor(countMax = openFilesMax) {
    this.#countMax = countMax
  }

  get count(): number {
    return this.#open.size
  }
  get countMax(): number {
    return this.#countMax
  }

  /** The file has just been used. */
  touch(file: LogFile): void {
    this.#open.delete(file)
    this.#open.add(file)
    if (this.#open.size <= this.#countMax) return
    const [oldest] = this.#open
    this.evicted += 1
    oldest!.makeRoom()
  }

  /** The file has just been opened. */
  add(file: LogFile): void {
    this.opened += 1
    this.touch(file)
  }

  forget(file: LogFile): void {
    this.#open.delete(file)
  }
}

/** One file that is opened when it is needed and may be closed whenever it is not. */
export class LogFile {
  readonly #disk: Disk
  readonly #files: OpenFiles
  path: string
  #file: DiskFile | undefined
  #opening: Promise<void> | undefined
  #isClosed = false
  #isPinned = false

  constructor(disk: Disk, files: OpenFiles, path: string) {
    this.#disk = disk
    this.#files = files
    this.path = path
  }

  /** The open file when it is open already: to be used or retained at once, since others may need its place. */
  get openNow(): DiskFile | undefined {
    if (this.#file) this.#files.touch(this)
    return this.#file
  }

  /**
   * Calls `use` with the open file, at that very moment open. Otherwise: it is opened, others open theirs, this one is the
   * oldest and closed, and only then is it used. The file must exist.
   */
  async opened<Result>(use: (file: DiskFile) => Result): Promise<Awaited<Result>> {
    for (;;) {
      const file = this.openNow
      if (file) return await use(file)
      await (this.#opening ??= this.#openFile())
    }
  }

  /** The same for work of several steps, during which the file stays open. */
  hold<Result>(work: (file: DiskFile) => Promise<Result>): Promise<Result> {
    return this.opened(async file => {
      const release = file.retain()
      try {
        return await work(file)
      } finally {
        release()
      }
    })
  }

  /** Creates the file, empty, whatever was there before. */
  async create(): Promise<void> {
    const file = await this.#disk.open(this.path, 'create')
    await file.truncate(0)
    this.#take(file)
  }

  async #openFile(): Promise<void> {
    try {
      if (this.#isClosed) throw new DiskError('NOT_FOUND', this.path, { message: `${this.path} is used no more` })
      this.#take(await this.#disk.open(this.path, 'write'))
    } finally {
      this.#opening = undefined
    }
  }

  #take(file: DiskFile): void {
    void this.#file?.close()
    this.#file = file
    this.#files.add(this)
  }

  /** Stays open while its name changes: nobody could open it in between. */
  async pin(): Promise<void> {
    await this.opened(() => (this.#isPinned = true))
  }

  /** It has the name that is `path` from here on. */
  unpin(path: string): void {
    this.path = path
    this.#isPinned = false
    if (this.#file) this.#files.touch(this)
  }

  /** Closed until somebody needs it again. */
  makeRoom(): void {
    this.#files.forget(this)
    if (this.#isPinned) return
    const file = this.#file
    this.#file = undefined
    void file?.close()
  }

  /** For good: nobody needs it again. */
  async close(): Promise<void> {
    this.#isClosed = true
    const opening = this.#opening
    if (opening) await opening.catch(() => {})
    this.#files.forget(this)
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  /** Reads, opening the file first where it must. */
  read(position: Position, length: number): Promise<Buffer> {
    return this.opened(file => file.read(position, length))
  }
}

// Which segment files are open: a broker may hold more segments than a process may hold descriptors.
//
// Invariant: at most `countMax` files are open that nobody has just asked for; the one used longest ago is closed first. A
// file that is being read, written, synced or sent keeps its descriptor by itself (DiskFile.close waits for nothing).

import { type Disk, DiskError, type DiskFile } from '../../io/disk.ts'
import type { Position } from '../../protocol/types.ts'

/** What a broker keeps open at most, whatever the process may: each takes about 2 KB of the kernel's memory. */
export const openFilesMax = 65_536
/** The same where nobody knows what the process may. */
const openFilesMaxUnknown = 4096
/** Of the descriptors that a process may have; the others are for connections, which take two each, and short looks. */
const shareOfDescriptors = 0.75
/** Files that are closed at once when the process has run out of descriptors. */
const givenUpAtOnce = 64

/** How many segment files to keep open in a process that may have so many descriptors; undefined: not known. */
export function openFilesMaxFor(descriptorsMax: number | undefined): number {
  if (descriptorsMax === undefined) return openFilesMaxUnknown
  return Math.max(1, Math.min(openFilesMax, Math.floor(descriptorsMax * shareOfDescriptors)))
}

export class OpenFiles {
  readonly #countMax: number
  // A list through the files themselves. A Set would do, but taking out and putting back with each batch makes it grow, and be
  // made anew, as often as there are files in it: with ten thousand that is half of the garbage.
  #oldest: LogFile | undefined
  #newest: LogFile | undefined
  #count = 0
  /** How often a file was opened; closed because others needed its place. */
  opened = 0
  evicted = 0

  constructor(countMax = openFilesMaxUnknown) {
    this.#countMax = countMax
  }

  get count(): number {
    return this.#count
  }
  get countMax(): number {
    return this.#countMax
  }

  /** The file, which is one of them, has just been used. */
  touch(file: LogFile): void {
    if (file === this.#newest) return
    this.forget(file)
    this.#append(file)
  }

  /** The file has just been opened. */
  add(file: LogFile): void {
    this.opened += 1
    this.touch(file)
    if (this.#count > this.#countMax) void this.#evict()
  }

  /** Nothing when it is not one of them. */
  forget(file: LogFile): void {
    const { older, newer } = file
    if (older === undefined && file !== this.#oldest) return
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    file.older = undefined
    file.newer = undefined
    this.#count -= 1
  }

  /** The process has run out of descriptors: closes some. False: there is none to close. */
  async giveUpSome(): Promise<boolean> {
    if (this.#count === 0) return false
    const closing: Promise<void>[] = []
    while (closing.length < givenUpAtOnce && this.#count > 0) closing.push(this.#evict())
    await Promise.all(closing)
    return true
  }

  #append(file: LogFile): void {
    file.older = this.#newest
    if (this.#newest === undefined) this.#oldest = file
    else this.#newest.newer = file
    this.#newest = file
    this.#count += 1
  }

  #evict(): Promise<void> {
    this.evicted += 1
    return this.#oldest!.makeRoom()
  }
}

/** One file that is opened when it is needed and may be closed whenever it is not. */
export class LogFile {
  readonly #disk: Disk
  readonly #files: OpenFiles
  path: string
  /** Its neighbours among the open ones, by when they were used; of `OpenFiles` alone. */
  older: LogFile | undefined
  newer: LogFile | undefined
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
    const file = await this.#openInSpite('create')
    await file.truncate(0)
    this.#take(file)
  }

  async #openFile(): Promise<void> {
    try {
      if (this.#isClosed) throw new DiskError('NOT_FOUND', this.path, { message: `${this.path} is used no more` })
      this.#take(await this.#openInSpite())
    } finally {
      this.#opening = undefined
    }
  }

  // Connections may have taken all descriptors. A file that cannot be opened would count as a disk that failed.
  async #openInSpite(mode: 'write' | 'create' = 'write'): Promise<DiskFile> {
    for (;;) {
      try {
        return await this.#disk.open(this.path, mode)
      } catch (error) {
        if (!isOutOfDescriptors(error) || !(await this.#files.giveUpSome())) throw error
      }
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
  async makeRoom(): Promise<void> {
    this.#files.forget(this)
    if (this.#isPinned) return
    const file = this.#file
    this.#file = undefined
    await file?.close()
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

function isOutOfDescriptors(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'NO_DESCRIPTORS'
}

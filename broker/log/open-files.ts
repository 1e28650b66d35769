// Which segment files are open: a broker may hold more segments than a process may hold descriptors.
//
// Invariant: at most `countMax` files are open that nobody has just asked for; the one used longest ago is closed first. A
// file that is being read, written, synced or sent keeps its descriptor by itself (DiskFile.close waits for nothing).

import type { Disk, DiskFile } from '../../io/disk.ts'
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
    void oldest!.close()
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
  readonly path: string
  #file: DiskFile | undefined
  #opening: Promise<DiskFile> | undefined

  constructor(disk: Disk, files: OpenFiles, path: string) {
    this.#disk = disk
    this.#files = files
    this.path = path
  }

  /** The open file, at once when it is open already. The file must exist. */
  use(): DiskFile | Promise<DiskFile> {
    if (!this.#file) return (this.#opening ??= this.#openFile())
    this.#files.touch(this)
    return this.#file
  }

  /** The open file; undefined when it is not open now. */
  useIfOpen(): DiskFile | undefined {
    if (this.#file) this.#files.touch(this)
    return this.#file
  }

  /** Creates the file, empty, whatever was there before. */
  async create(): Promise<void> {
    const file = await this.#disk.open(this.path, 'create')
    await file.truncate(0)
    this.#hold(file)
  }

  async #openFile(): Promise<DiskFile> {
    try {
      const file = await this.#disk.open(this.path, 'write')
      this.#hold(file)
      return file
    } finally {
      this.#opening = undefined
    }
  }

  #hold(file: DiskFile): void {
    void this.#file?.close()
    this.#file = file
    this.#files.add(this)
  }

  async close(): Promise<void> {
    const opening = this.#opening
    if (opening) await opening.catch(() => {})
    this.#files.forget(this)
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  /** Reads, opening the file first where it must. */
  async read(position: Position, length: number): Promise<Buffer> {
    return (await this.use()).read(position, length)
  }
}

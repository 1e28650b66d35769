// A disk on which directories that are in use can get another name: who goes by the old one keeps finding them.
//
// Invariant: the name changes while nothing under way uses it, and what comes meanwhile waits. Otherwise: a segment is opened by
// the old name just after the directory got the new one, is not found, and the whole log directory counts as failed.
// Only directories that were announced (`follow`) are looked after; everything else goes straight to the disk below.

import type { Disk, DiskEntry, DiskFile, DiskStat } from '../../io/disk.ts'

interface Followed {
  /** What it was called when it was announced, by which everybody goes. */
  readonly name: string
  /** What it is called on the disk. */
  path: string
  /** Operations that go by its name. */
  underWay: number
  moving: Promise<void> | undefined
  whenIdle: (() => void) | undefined
}

export class FollowingDisk implements Disk {
  readonly #disk: Disk
  readonly #followed = new Map<string, Followed>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  get descriptorsMax(): number | undefined {
    return this.#disk.descriptorsMax
  }

  /** The directory may get another name later. The names in it are flat: no directories below it. */
  follow(directory: string): void {
    const followed = { name: directory, path: directory, underWay: 0, moving: undefined, whenIdle: undefined }
    this.#followed.set(directory, followed)
  }

  /** Nobody goes by this name any more. */
  forget(directory: string): void {
    this.#followed.delete(directory)
  }

  /** What a path is called on the disk now. */
  pathOf(path: string): string {
    const followed = this.#find(path)
    return followed ? realPath(followed, path) : path
  }

  /** Gives a followed directory another name. Bears being repeated. Throws the DiskError of the rename. */
  async move(directory: string, to: string): Promise<void> {
    const followed = this.#followed.get(directory)
    if (!followed) throw new Error(`${directory} is not followed`)
    if (followed.path === to) return
    followed.moving = this.#move(followed, to).finally(() => (followed.moving = undefined))
    await followed.moving
  }

  async #move(followed: Followed, to: string): Promise<void> {
    if (followed.underWay > 0) await new Promise<void>(go => (followed.whenIdle = go))
    await this.#disk.rename(followed.path, to)
    followed.path = to
  }

  #find(path: string): Followed | undefined {
    if (this.#followed.size === 0) return undefined
    return this.#followed.get(path) ?? this.#followed.get(path.slice(0, path.lastIndexOf('/')))
  }

  #by<Result>(path: string, operation: (path: string) => Promise<Result>): Promise<Result> {
    const followed = this.#find(path)
    return followed ? this.#within(followed, () => operation(realPath(followed, path))) : operation(path)
  }

  async #within<Result>(followed: Followed, operation: () => Promise<Result>): Promise<Result> {
    while (followed.moving) await followed.moving.catch(() => {})
    followed.underWay += 1
    try {
      return await operation()
    } finally {
      followed.underWay -= 1
      if (followed.underWay === 0) {
        followed.whenIdle?.()
        followed.whenIdle = undefined
      }
    }
  }

  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    return this.#by(path, real => this.#disk.open(real, mode))
  }
  readFile(path: string): Promise<Buffer> {
    return this.#by(path, real => this.#disk.readFile(real))
  }
  replaceFile(path: string, content: Uint8Array): Promise<void> {
    return this.#by(path, real => this.#disk.replaceFile(real, content))
  }
  list(directory: string): Promise<DiskEntry[]> {
    return this.#by(directory, real => this.#disk.list(real))
  }
  stat(path: string): Promise<DiskStat | undefined> {
    return this.#by(path, real => this.#disk.stat(real))
  }
  makeDirectory(path: string): Promise<void> {
    return this.#by(path, real => this.#disk.makeDirectory(real))
  }
  rename(from: string, to: string): Promise<void> {
    return this.#by(from, real => this.#disk.rename(real, this.pathOf(to)))
  }
  remove(path: string): Promise<void> {
    return this.#by(path, real => this.#disk.remove(real))
  }
  syncDirectory(path: string): Promise<void> {
    return this.#by(path, real => this.#disk.syncDirectory(real))
  }
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    return this.#disk.space(path)
  }
  lock(path: string): Promise<() => Promise<void>> {
    return this.#disk.lock(path)
  }
  resolve(path: string): string {
    return this.#disk.resolve(path)
  }
}

function realPath({ name, path }: Followed, asked: string): string {
  return path + asked.slice(name.length)
}

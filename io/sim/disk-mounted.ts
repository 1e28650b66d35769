// A simulated disk as one process uses it: Disk and DiskFile over the names and contents that the disk keeps.

import { type Disk, type DiskEntry, DiskError, type DiskFile, type DiskStat } from '../disk.ts'
import { FileReplacer } from '../replace-file.ts'
import type { Operation, SimDisk } from './disk.ts'
import { absolutePath, SimDirectory, type SimFileNode } from './file-tree.ts'

export class MountedDisk implements Disk {
  readonly descriptorsMax = undefined
  readonly #disk: SimDisk
  readonly #mount: number
  readonly #crashes: number
  readonly #replacer = new FileReplacer(this)

  constructor(disk: SimDisk, mount: number) {
    this.#disk = disk
    this.#mount = mount
    this.#crashes = disk.crashes
  }

  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    return this.#perform('open', path, at => {
      const missing = mode === 'create' && !this.#disk.tree.find(at)
      const node = missing ? this.#disk.tree.createFile(at, this.#disk.nowMs) : this.#disk.tree.file(at)
      return new MountedFile(this.#disk, this.#crashes, at, node, mode !== 'read')
    })
  }

  async readFile(path: string): Promise<Buffer> {
    const file = await this.open(path, 'read')
    try {
      return await file.read(0, await file.size())
    } finally {
      await file.close()
    }
  }

  replaceFile(path: string, content: Uint8Array): Promise<void> {
    return this.#replacer.replace(absolutePath(path), content)
  }

  list(directory: string): Promise<DiskEntry[]> {
    return this.#perform('list', directory, at => {
      const entries = [...this.#disk.tree.directory(at).entries].map(([name, node]) => {
        return { name, isDirectory: node instanceof SimDirectory }
      })
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    })
  }

  stat(path: string): Promise<DiskStat | undefined> {
    return this.#perform('stat', path, at => {
      const node = this.#disk.tree.find(at)
      if (!node) return undefined
      if (node instanceof SimDirectory) return { isDirectory: true, sizeBytes: 0, modifiedMs: 0 }
      return { isDirectory: false, sizeBytes: node.content.size, modifiedMs: node.modifiedMs }
    })
  }

  makeDirectory(path: string): Promise<void> {
    return this.#perform('makeDirectory', path, at => this.#disk.tree.createDirectories(at))
  }

  rename(from: string, to: string): Promise<void> {
    const target = absolutePath(to)
    const happen = (at: string) => {
      const replaced = this.#disk.tree.find(target)
      this.#disk.tree.rename(at, target)
      if (replaced && !(replaced instanceof SimDirectory)) this.#disk.freeUnused(replaced)
    }
    return this.#perform('rename', from, happen, target)
  }

  remove(path: string): Promise<void> {
    const at = absolutePath(path)
    const remove = (keepGoing: () => boolean) => {
      const node = this.#disk.tree.find(at)
      const files = node instanceof SimDirectory ? [...this.#disk.tree.files(node)] : node ? [node] : []
      this.#disk.tree.remove(at, keepGoing)
      for (const file of files) this.#disk.freeUnused(file)
    }
    let going = true
    return this.#disk.perform(this.#crashes, {
      kind: 'remove',
      path: at,
      happen: () => remove(() => true),
      tear: () => remove(() => (going = going && this.#disk.random.chance(0.8))),
    })
  }

  async syncDirectory(path: string): Promise<void> {
    const at = absolutePath(path)
    let finish: (() => void) | undefined
    // What is in the directory when the sync begins is what it covers.
    if (this.#crashes === this.#disk.crashes && this.#disk.tree.find(at)) finish = this.#disk.tree.sync(at)
    await this.#perform('syncDirectory', path, () => (finish ?? this.#disk.tree.sync(at))())
  }

  space(path: string): Promise<{ freeBytes: number; totalBytes: number }> {
    return this.#perform('stat', path, at => {
      if (!this.#disk.tree.find(at)) throw new DiskError('NOT_FOUND', at)
      return { freeBytes: this.#disk.freeBytes, totalBytes: this.#disk.capacityBytes }
    })
  }

  lock(path: string): Promise<() => Promise<void>> {
    return this.#perform('lock', path, at => {
      if (!this.#disk.tree.find(at)) this.#disk.tree.createFile(at, this.#disk.nowMs)
      const holder = this.#disk.takeLock(at, this.#mount)
      if (holder !== undefined) {
        throw new DiskError('LOCKED', at, { message: `${at} is locked by process ${holder} of the simulation` })
      }
      let held = true
      return async () => {
        if (held && this.#crashes === this.#disk.crashes) this.#disk.dropLock(at)
        held = false
      }
    })
  }

  resolve(path: string): string {
    return absolutePath(path)
  }

  #perform<Result>(
    kind: Operation<Result>['kind'],
    path: string,
    happen: (path: string) => Result,
    detail?: string,
  ): Promise<Result> {
    const at = absolutePath(path)
    return this.#disk.perform(this.#crashes, { kind, path: at, detail, happen: () => happen(at) })
  }
}

class MountedFile implements DiskFile {
  readonly path: string
  readonly #disk: SimDisk
  readonly #crashes: number
  readonly #node: SimFileNode
  readonly #writable: boolean
  #references = 1
  #closed = false
  #syncFailure: unknown

  constructor(disk: SimDisk, crashes: number, path: string, node: SimFileNode, writable: boolean) {
    this.#disk = disk
    this.#crashes = crashes
    this.path = path
    this.#node = node
    this.#writable = writable
    node.openHandles += 1
  }

  read(position: number, length: number): Promise<Buffer> {
    const happen = () => this.#node.content.read(position, length)
    return this.#perform({ kind: 'read', path: this.path, detail: position, bytes: length, happen })
  }

  readCached(into: Uint8Array, position: number): number {
    if (this.#references === 0 || !this.#disk.isCached(this.#crashes, 'read', this.path)) return -1
    const bytes = this.#node.content.read(position, into.length)
    into.set(bytes)
    return bytes.length
  }

  writeCached(buffers: readonly Uint8Array[], position: number): boolean {
    if (this.#references === 0 || !this.#writable) return false
    const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
    const isAtHand = this.#disk.isCached(this.#crashes, 'write', this.path)
    if (!isAtHand || this.#disk.room(this.#node, position, bytes) < bytes) return false
    this.#disk.note('write', this.path, position, buffers)
    this.#writePrefix(buffers, position, bytes)
    return true
  }

  // The buffers are read when the write happens, as the real disk does: who changes them meanwhile corrupts the file.
  write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
    const tear = () => this.#writePrefix(buffers, position, this.#disk.random.int(bytes + 1))
    const happen = () => {
      const fitting = this.#disk.room(this.#node, position, bytes)
      this.#writePrefix(buffers, position, fitting)
      if (fitting < bytes)
        throw new DiskError('DISK_FULL', this.path, { message: `no space left on device, ${this.path}` })
    }
    const refused = this.#refusal()
    if (refused) return Promise.reject(refused)
    return this.#perform({
      kind: 'write',
      path: this.path,
      detail: position,
      bytes,
      happen,
      tear,
      fail: tear,
      content: buffers,
    })
  }

  // Blocks are of no account here: free space is a number that a test sets.
  reserve(): Promise<boolean> {
    return Promise.resolve(false)
  }

  truncate(length: number): Promise<void> {
    const refused = this.#refusal()
    if (refused) return Promise.reject(refused)
    const happen = () => this.#disk.change(this.#node, () => this.#node.content.truncate(length))
    return this.#perform({ kind: 'truncate', path: this.path, detail: length, happen })
  }

  async datasync(): Promise<void> {
    if (this.#syncFailure) throw this.#syncFailure
    const finish = this.#node.content.sync()
    const happen = () => finish(true)
    try {
      await this.#perform({ kind: 'datasync', path: this.path, happen, fail: () => finish(false) })
    } catch (error) {
      this.#syncFailure = error
      throw error
    }
  }

  setModified(modifiedMs: number): Promise<void> {
    const happen = () => void (this.#node.modifiedMs = modifiedMs)
    return this.#perform({ kind: 'setModified', path: this.path, happen })
  }

  size(): Promise<number> {
    return this.#perform({ kind: 'stat', path: this.path, happen: () => this.#node.content.size })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#release()
  }

  retain(): () => void {
    this.#hold()
    let held = true
    return () => {
      if (held) this.#release()
      held = false
    }
  }

  async #perform<Result>(operation: Operation<Result>): Promise<Result> {
    this.#hold()
    try {
      return await this.#disk.perform(this.#crashes, operation)
    } finally {
      this.#release()
    }
  }

  #writePrefix(buffers: readonly Uint8Array[], position: number, count: number): void {
    this.#disk.change(this.#node, () => {
      let written = 0
      for (const buffer of buffers) {
        const part = buffer.subarray(0, count - written)
        this.#node.content.write(part, position + written)
        written += part.length
      }
    })
  }

  #refusal(): DiskError | undefined {
    if (this.#writable) return undefined
    return new DiskError('DISK_FAILED', this.path, { message: `${this.path} is open for reading only` })
  }

  #hold(): void {
    if (this.#references === 0) {
      throw new DiskError('DISK_FAILED', this.path, { message: `${this.path} is used after it was closed` })
    }
    this.#references += 1
  }

  #release(): void {
    this.#references -= 1
    if (this.#references > 0 || this.#crashes !== this.#disk.crashes) return
    this.#node.openHandles -= 1
    this.#disk.freeUnused(this.#node)
  }
}

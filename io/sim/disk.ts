// A disk in memory that forgets what was not synced, fills up, and fails on request. It outlives the processes that mount
// it. Invariants: an operation happens at one moment, when its latency has passed; one that is under way at a crash may
// have happened, partly where it is a write or a removal of many; after a crash nothing that the dead process asks for
// happens or is answered.

import type { Cancel } from '../clock.ts'
import { type Disk, DiskError } from '../disk.ts'
import { type DiskFault, DiskFaults, type DiskOperation } from './disk-faults.ts'
import { MountedDisk } from './disk-mounted.ts'
import { pageBytes } from './file-content.ts'
import { FileTree, type SimFileNode } from './file-tree.ts'
import { type SeededRandom, seededRandom } from './random.ts'

export interface SimDiskOptions {
  /** Runs `run` when `ms` have passed. Left out: operations take no time, that is, one turn of the microtask queue. */
  readonly schedule?: (ms: number, run: () => void) => Cancel
  /** How long an operation takes. */
  readonly latencyMs?: (operation: DiskOperation, bytes: number) => number
  readonly random?: SeededRandom
  readonly capacityBytes?: number
  /** How often pages are in the page cache, for `readCached` and `writeCached`. Left out: never. */
  readonly cachedChance?: number
  /** False: it never crashes, and keeps nothing but what files hold now. */
  readonly crashes?: boolean
  /** For times of modification. */
  readonly nowMs?: () => number
  /** Told of each operation when it happens. */
  readonly trace?: (line: string, bytes?: readonly Uint8Array[]) => void
}

/** An operation under way. `happen` may throw; `tear` does a part of it, as chance has it. */
export interface Operation<Result> {
  readonly kind: DiskOperation
  readonly path: string
  /** For the trace. */
  readonly detail?: string | number
  readonly bytes?: number
  readonly happen: () => Result
  readonly tear?: () => void
  /** What is left behind when it fails. */
  readonly fail?: () => void
  readonly content?: readonly Uint8Array[]
}

const capacityBytesDefault = 1024 ** 4

export class SimDisk {
  readonly tree: FileTree
  readonly random: SeededRandom
  readonly #options: SimDiskOptions
  readonly #faults = new DiskFaults()
  readonly #underway = new Set<() => void>()
  readonly #locks = new Map<string, number>()
  #capacityBytes: number
  #usedBytes = 0
  #mounts = 0
  #crashes = 0

  constructor(options: SimDiskOptions = {}) {
    this.#options = options
    this.tree = new FileTree(options.crashes ?? true)
    this.random = options.random ?? seededRandom(0)
    this.#capacityBytes = options.capacityBytes ?? capacityBytesDefault
  }

  /** The disk as one process uses it, until the next crash. Processes that mount it between two crashes die together. */
  mount(): Disk {
    return new MountedDisk(this, ++this.#mounts)
  }

  /** kill -9: what was written is still in the page cache, what was being written may be there up to any byte. */
  crashProcess(): void {
    if (this.#options.crashes === false) throw new Error('this disk was made without crashes')
    this.#crashes += 1
    for (const tear of [...this.#underway]) if (this.random.chance(0.5)) tear()
    this.#underway.clear()
    this.#locks.clear()
    for (const file of this.tree.files()) file.openHandles = 0
    this.#countUsed()
  }

  /** As `crashProcess`, and of what was not synced all, nothing or something is lost. */
  losePower(): void {
    this.crashProcess()
    this.tree.loseUnsynced(this.random)
    this.#countUsed()
  }

  /** Makes operations fail; the answered function ends it. */
  fail(fault: DiskFault): () => void {
    return this.#faults.add(fault)
  }

  get capacityBytes(): number {
    return this.#capacityBytes
  }

  /** May be less than what is used, as when somebody else fills the disk. */
  set capacityBytes(bytes: number) {
    this.#capacityBytes = bytes
  }

  /** What files take, also those that are open and have no name any more; holes and names take nothing. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  get freeBytes(): number {
    return Math.max(0, this.#capacityBytes - this.usedBytes)
  }

  /** The content of a file as a process would read it, at once; for checks. */
  peek(path: string): Buffer {
    const { content } = this.tree.file(path)
    return content.read(0, content.size)
  }

  /** The content of a file that would survive if all that was not synced were lost; for checks. */
  peekDurable(path: string): Buffer {
    return this.tree.file(path).content.readDurable()
  }

  get nowMs(): number {
    return this.#options.nowMs?.() ?? 0
  }

  /** Counts the crashes: who was born under a smaller number is dead. */
  get crashes(): number {
    return this.#crashes
  }

  /** How many of the bytes fit; a page that is there already can be written when nothing is free. */
  room(file: SimFileNode, position: number, length: number): number {
    const missing = file.content.growthBytes(position, length) - this.freeBytes
    if (missing <= 0) return length
    const pagesMissing = Math.ceil(missing / pageBytes)
    const lastPage = Math.floor((position + length - 1) / pageBytes)
    return Math.max(0, (lastPage - pagesMissing + 1) * pageBytes - position)
  }

  /** Performs an operation for a process born under `crashes`; never settles when that process dies first. */
  perform<Result>(crashes: number, operation: Operation<Result>): Promise<Result> {
    if (crashes !== this.#crashes) return new Promise(() => {})
    const struck = this.#faults.strike(operation.kind, operation.path)
    return new Promise((resolve, reject) => {
      const tear = () => attempt(operation.tear ?? operation.happen)
      this.#underway.add(tear)
      this.#after(operation, () => {
        if (!this.#underway.delete(tear)) return
        try {
          this.#options.trace?.(
            `${operation.kind} ${operation.path} ${operation.detail ?? ''} ${struck ?? ''}`,
            operation.content,
          )
          if (!struck) return resolve(operation.happen())
          operation.fail?.()
          reject(
            new DiskError(struck, operation.path, {
              message: `${struck} ${operation.path}: asked for by the simulation`,
            }),
          )
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /** Whether it can be done without the disk: by chance, and never for a process that died or where a fault is armed. */
  isCached(crashes: number, kind: 'read' | 'write', path: string): boolean {
    const { cachedChance = 0 } = this.#options
    if (cachedChance === 0 || crashes !== this.#crashes || this.#faults.mayStrike(kind, path)) return false
    return this.random.chance(cachedChance)
  }

  /** Something happened at once, by `isCached`. */
  note(kind: DiskOperation, path: string, detail: number, content: readonly Uint8Array[]): void {
    this.#options.trace?.(`${kind} ${path} ${detail} at once`, content)
  }

  /** Takes a lock for the mount, or answers the one that has it. */
  takeLock(path: string, mount: number): number | undefined {
    const holder = this.#locks.get(path)
    if (holder === undefined) this.#locks.set(path, mount)
    return holder
  }

  dropLock(path: string): void {
    this.#locks.delete(path)
  }

  /** Changes the content of a file and keeps count of the room it takes. */
  change(file: SimFileNode, change: () => void): void {
    const before = file.content.allocatedBytes
    change()
    file.modifiedMs = this.nowMs
    this.#usedBytes += file.content.allocatedBytes - before
  }

  /** A file has lost its name or a handle: its room is free when it has neither. */
  freeUnused(file: SimFileNode): void {
    if (!file.linked && file.openHandles === 0) this.#usedBytes -= file.content.allocatedBytes
  }

  #countUsed(): void {
    this.#usedBytes = 0
    for (const file of this.tree.files()) this.#usedBytes += file.content.allocatedBytes
  }

  #after({ kind, bytes = 0 }: Operation<unknown>, run: () => void): void {
    const { schedule, latencyMs } = this.#options
    if (schedule) schedule(latencyMs?.(kind, bytes) ?? 0, run)
    else queueMicrotask(run)
  }
}

function attempt(part: () => void): void {
  try {
    part()
  } catch {
    // It could not have happened either without the crash, and there is nobody left to be told.
  }
}

/** A disk in memory that takes no time, never crashes and holds no more than its files do: for what only needs files. */
export function memoryDisk(options: Omit<SimDiskOptions, 'crashes'> = {}): Disk {
  return new SimDisk({ ...options, crashes: false }).mount()
}

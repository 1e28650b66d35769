// The names of one simulated disk twice over: as a running process sees them and as they are on the medium. A change of
// names (creation, rename, removal) is one step of a journal; it is on the medium once all directories that it touches have
// been synced. Invariant: a rename happens wholly or not at all, and what follows on a name never survives without what
// came before on that name.
// Stricter than ext4 and XFS, which make more durable than they promise: what survives here survives there.

import { posix } from 'node:path'
import { DiskError } from '../disk.ts'
import { FileContent } from './file-content.ts'
import type { SeededRandom } from './random.ts'

export class SimFileNode {
  readonly content: FileContent
  modifiedMs = 0
  /** Names that processes see for it: 0 or 1. */
  linked = true
  openHandles = 0

  constructor(mayLose = true) {
    this.content = new FileContent(mayLose)
  }
}

export class SimDirectory {
  entries = new Map<string, SimNode>()
  readonly durable = new Map<string, SimNode>()
}

export type SimNode = SimFileNode | SimDirectory

interface Change {
  readonly directory: SimDirectory
  readonly name: string
  readonly node: SimNode | undefined
}

interface Step {
  readonly changes: readonly Change[]
  /** A directory that had to be empty for this to happen. */
  readonly emptied: SimDirectory | undefined
  /** Directories that are still to be synced. */
  readonly unsynced: Set<SimDirectory>
}

interface Place {
  readonly directory: SimDirectory
  readonly name: string
  readonly node: SimNode | undefined
}

// A disk writes back by itself sooner or later; here, what is this many steps old.
const journalStepsMax = 1000

export class FileTree {
  readonly #root = new SimDirectory()
  #journal: Step[] = []
  readonly #mayLose: boolean

  /** `mayLose` false: power never fails, and nothing is kept for when it does. */
  constructor(mayLose = true) {
    this.#mayLose = mayLose
  }

  /** Undefined when there is nothing. */
  find(path: string): SimNode | undefined {
    let node: SimNode | undefined = this.#root
    for (const name of namesIn(path)) {
      if (!(node instanceof SimDirectory)) return undefined
      node = node.entries.get(name)
    }
    return node
  }

  file(path: string): SimFileNode {
    const node = this.find(path)
    if (!node) throw new DiskError('NOT_FOUND', path)
    if (node instanceof SimDirectory) throw new DiskError('DISK_FAILED', path, { message: `${path} is a directory` })
    return node
  }

  directory(path: string): SimDirectory {
    const node = this.find(path)
    if (!node) throw new DiskError('NOT_FOUND', path)
    if (!(node instanceof SimDirectory))
      throw new DiskError('DISK_FAILED', path, { message: `${path} is not a directory` })
    return node
  }

  createFile(path: string, modifiedMs: number): SimFileNode {
    const { directory, name } = this.#place(path)
    const node = new SimFileNode(this.#mayLose)
    node.modifiedMs = modifiedMs
    this.#step([{ directory, name, node }])
    return node
  }

  /** With what is missing above it. */
  createDirectories(path: string): void {
    let at = this.#root
    for (const name of namesIn(path)) {
      let node = at.entries.get(name)
      if (node instanceof SimFileNode) throw new DiskError('EXISTS', path, { message: `${path}: ${name} is a file` })
      if (!node) {
        node = new SimDirectory()
        this.#step([{ directory: at, name, node }])
      }
      at = node
    }
  }

  rename(fromPath: string, toPath: string): void {
    const from = this.#place(fromPath)
    const to = this.#place(toPath)
    if (!from.node) throw new DiskError('NOT_FOUND', fromPath)
    if (from.node === to.node) return
    if (from.node instanceof SimDirectory) {
      if (`${toPath}/`.startsWith(`${fromPath}/`))
        throw new DiskError('DISK_FAILED', fromPath, { message: `${toPath} lies in ${fromPath}` })
      if (to.node instanceof SimFileNode)
        throw new DiskError('DISK_FAILED', fromPath, { message: `${toPath} is a file` })
      if (to.node && to.node.entries.size > 0)
        throw new DiskError('EXISTS', fromPath, { message: `${toPath} is not empty` })
    } else if (to.node instanceof SimDirectory) {
      throw new DiskError('DISK_FAILED', fromPath, { message: `${toPath} is a directory` })
    }
    this.#step(
      [
        { directory: from.directory, name: from.name, node: undefined },
        { directory: to.directory, name: to.name, node: from.node },
      ],
      to.node instanceof SimDirectory ? to.node : undefined,
    )
  }

  /** Removes one name after the other, contents first; `keepGoing` is asked before each, so that a crash can cut it short. */
  remove(path: string, keepGoing: () => boolean = () => true): void {
    const node = this.find(path)
    if (!node) return
    const { directory, name } = this.#place(path)
    if (node instanceof SimDirectory)
      for (const child of [...node.entries.keys()]) this.remove(posix.join(path, child), keepGoing)
    if (!keepGoing()) return
    if (node instanceof SimDirectory && node.entries.size > 0) return
    this.#step([{ directory, name, node: undefined }], node instanceof SimDirectory ? node : undefined)
  }

  /** Begins a sync of a directory: call the answered function when it succeeds. */
  sync(path: string): () => void {
    const directory = this.directory(path)
    const steps = this.#journal.filter(step => step.unsynced.has(directory))
    return () => {
      for (const step of steps) {
        step.unsynced.delete(directory)
        if (step.unsynced.size === 0) this.#settle(step)
      }
    }
  }

  /** A loss of power: unsynced steps have happened or not, as chance has it, and of unsynced content see FileContent. */
  loseUnsynced(random: SeededRandom): void {
    const kind = random.pick(['none', 'all', 'any'] as const)
    for (const step of [...this.#journal])
      if (kind === 'all' || (kind === 'any' && random.chance(0.5))) this.#settle(step)
    this.#journal = []
    restore(this.#root, random)
  }

  /** Of all files, also of those that are open but have no name any more (which the caller knows). */
  *files(directory: SimDirectory = this.#root): Iterable<SimFileNode> {
    for (const node of directory.entries.values()) {
      if (node instanceof SimFileNode) yield node
      else yield* this.files(node)
    }
  }

  #place(path: string): Place {
    const names = namesIn(path)
    const name = names.at(-1)
    if (name === undefined) throw new DiskError('DISK_FAILED', path, { message: `${path} is the root` })
    const directory = this.find(posix.dirname(path))
    if (directory instanceof SimDirectory) return { directory, name, node: directory.entries.get(name) }
    const reason = `${posix.dirname(path)} is ${directory ? 'not a directory' : 'missing'}`
    throw new DiskError(directory ? 'DISK_FAILED' : 'NOT_FOUND', path, { message: `${path}: ${reason}` })
  }

  #step(changes: readonly Change[], emptied?: SimDirectory): void {
    for (const { directory, name, node } of changes) {
      const before = directory.entries.get(name)
      if (before instanceof SimFileNode) before.linked = false
      if (node) directory.entries.set(name, node)
      else directory.entries.delete(name)
      if (node instanceof SimFileNode) node.linked = true
    }
    if (!this.#mayLose) return
    this.#journal.push({ changes, emptied, unsynced: new Set(changes.map(change => change.directory)) })
    if (this.#journal.length > journalStepsMax) this.#settle(this.#journal[0]!)
  }

  // Together with what came before it on the same names, or emptied the directory that it removes.
  #settle(step: Step): void {
    const index = this.#journal.indexOf(step)
    if (index < 0) return
    for (const earlier of this.#journal.slice(0, index)) if (mustPrecede(earlier, step)) this.#settle(earlier)
    this.#journal.splice(this.#journal.indexOf(step), 1)
    for (const { directory, name, node } of step.changes) {
      if (node) directory.durable.set(name, node)
      else directory.durable.delete(name)
    }
  }
}

/** A relative path is one below the root. */
export function absolutePath(path: string): string {
  return posix.resolve('/', path)
}

function namesIn(path: string): string[] {
  return path.split('/').filter(name => name !== '')
}

function mustPrecede(earlier: Step, later: Step): boolean {
  return earlier.changes.some(
    ({ directory, name }) =>
      directory === later.emptied ||
      later.changes.some(change => change.directory === directory && change.name === name),
  )
}

// Sorted, so that what is lost does not depend on the order in which names came to be durable.
function restore(directory: SimDirectory, random: SeededRandom): void {
  directory.entries = new Map([...directory.durable].sort(([a], [b]) => (a < b ? -1 : 1)))
  for (const node of directory.entries.values()) {
    if (node instanceof SimDirectory) restore(node, random)
    else {
      node.linked = true
      node.openHandles = 0
      node.content.loseUnsynced(random)
    }
  }
}

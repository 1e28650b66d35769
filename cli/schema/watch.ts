// When schema files change: one event for all that changes together, until the signal is raised.
//
// Folders are watched, never files: editors put another file in the place of the old one, and whoever watches that one hears nothing more
// (so does Node's own recursive watching on Linux).

import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Failure } from '../terminal/failure.ts'

/** An editor writes a file in several steps; a checkout writes many files. */
const settleMs = 100
/** A folder with more below it was hardly meant; systems limit how many can be watched. */
const foldersMax = 1000

/** `paths`: files, and folders with all in them. Throws a Failure when one cannot be watched any more. */
export async function* changesOf(paths: readonly string[], signal: AbortSignal): AsyncGenerator<void> {
  let wake = () => {}
  const folders = new WatchedFolders(paths, () => wake())
  signal.addEventListener('abort', () => wake(), { once: true })
  try {
    while (!signal.aborted) {
      if (folders.takeChange()) yield
      else {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    }
  } finally {
    folders.close()
  }
}

class WatchedFolders {
  readonly #paths: readonly string[]
  readonly #onChange: () => void
  readonly #watchers = new Map<string, FSWatcher>()
  #timer: NodeJS.Timeout | undefined
  #isChanged = false
  #failure: Failure | undefined

  constructor(paths: readonly string[], onChange: () => void) {
    this.#paths = paths
    this.#onChange = onChange
    this.#watchAll()
  }

  /** Whether anything has changed since it was last asked. */
  takeChange(): boolean {
    if (this.#failure !== undefined) throw this.#failure
    const isChanged = this.#isChanged
    this.#isChanged = false
    return isChanged
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const each of this.#watchers.values()) each.close()
  }

  #watchAll(): void {
    for (const path of this.#paths) {
      if (!isFolder(path)) this.#watch(dirname(path), basename(path))
      else for (const folder of foldersBelow(path)) this.#watch(folder, '.avsc')
    }
    if (this.#watchers.size > foldersMax)
      throw new Failure(`there are more than ${foldersMax} folders to watch; name the ones with schemas in them`)
  }

  /** `ending`: of the names that count; folders do as well. */
  #watch(folder: string, ending: string): void {
    const key = join(folder, ending)
    if (this.#watchers.has(key)) return
    const watcher = watch(folder, (_, name) => {
      if (name === null || name.endsWith(ending) || isFolder(join(folder, name))) this.#changed()
    })
    watcher.on('error', error => {
      this.#failure = unwatched(folder, error)
      this.#onChange()
    })
    this.#watchers.set(key, watcher)
  }

  #changed(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#isChanged = true
      this.#renew()
      this.#onChange()
    }, settleMs)
  }

  /** A folder that was removed and made again is another one. What is read after this is not older than what is watched. */
  #renew(): void {
    const before = [...this.#watchers.values()]
    this.#watchers.clear()
    try {
      this.#watchAll()
    } catch (error) {
      this.#failure = error instanceof Failure ? error : unwatched(this.#paths.join(', '), error as Error)
    }
    for (const each of before) each.close()
  }
}

const unwatched = (path: string, error: Error) =>
  new Failure(`${path} cannot be watched any more: ${error.message}. Start it again when it is there.`)

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

function foldersBelow(path: string): string[] {
  const inside = readdirSync(path, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => join(path, name))
  return [path, ...inside.flatMap(foldersBelow)]
}

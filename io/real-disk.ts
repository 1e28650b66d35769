// Files of the machine: node:fs, asynchronous, on the thread pool. Nothing here makes the event loop wait; what needs no waiting, a write into the page cache, is done on it (real-file.ts).

import { constants, fsync, open, promises, readFileSync, stat as statFile } from 'node:fs'
import { resolve } from 'node:path'
import type { Disk, DiskEntry, DiskFile, DiskStat } from './disk.ts'
import { asDiskError } from './real-disk-error.ts'
import { RealFile } from './real-file.ts'
import { lockFile } from './real-lock.ts'
import { FileReplacer } from './replace-file.ts'

const flagsOf = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT,
}

/** The machine's file system. */
export function realDisk(): Disk {
  const disk: Disk = {
    get descriptorsMax() {
      return descriptorsMax()
    },
    open: openFile,
    readFile: path => attempt(path, () => promises.readFile(path)),
    replaceFile: (path, content) => replacer.replace(path, content),
    list,
    stat,
    makeDirectory: path => attempt(path, async () => void (await promises.mkdir(path, { recursive: true }))),
    rename: (from, to) => attempt(from, () => promises.rename(from, to)),
    remove: path => attempt(path, () => promises.rm(path, { recursive: true, force: true })),
    syncDirectory,
    space,
    lock: lockFile,
    resolve: path => resolve(path),
  }
  const replacer = new FileReplacer(disk)
  return disk
}

// Node has raised what the process may have to what it is allowed to when it started. Elsewhere than on Linux nobody says.
function descriptorsMax(): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}

async function attempt<Result>(path: string, operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation()
  } catch (error) {
    throw asDiskError(error, path)
  }
}

function openFile(path: string, mode: keyof typeof flagsOf): Promise<DiskFile> {
  return new Promise((done, fail) => {
    open(path, flagsOf[mode], 0o644, (error, fd) =>
      error ? fail(asDiskError(error, path)) : done(new RealFile(path, fd)),
    )
  })
}

async function list(directory: string): Promise<DiskEntry[]> {
  const entries = await attempt(directory, () => promises.readdir(directory, { withFileTypes: true }))
  const found = entries.map(async (entry): Promise<DiskEntry> => {
    if (!entry.isSymbolicLink()) return { name: entry.name, isDirectory: entry.isDirectory() }
    return { name: entry.name, isDirectory: (await stat(`${directory}/${entry.name}`))?.isDirectory ?? false }
  })
  return (await Promise.all(found)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

// Not promises.stat, which takes twice the time: a start with ten thousand logs looks at twenty thousand files.
function stat(path: string): Promise<DiskStat | undefined> {
  return new Promise((done, fail) => {
    statFile(path, (error, found) => {
      if (!error) done({ isDirectory: found.isDirectory(), sizeBytes: found.size, modifiedMs: found.mtimeMs })
      else if (isMissing(error)) done(undefined)
      else fail(asDiskError(error, path))
    })
  })
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}

async function syncDirectory(path: string): Promise<void> {
  const directory = (await openFile(path, 'read')) as RealFile
  try {
    await new Promise<void>((done, fail) => {
      fsync(directory.descriptor, error => (error ? fail(asDiskError(error, path)) : done()))
    })
  } finally {
    await directory.close()
  }
}

async function space(path: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const found = await attempt(path, () => promises.statfs(path))
  return { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize }
}

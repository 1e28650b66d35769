// Files as an argument. Real: io/real-disk.ts, node:fs, asynchronous. Twin: io/sim/disk.ts, which forgets what was not synced.
// Operations on one file may overtake each other: who needs an order waits. After a crash nothing is answered any more.

export type DiskErrorCode =
  | 'NOT_FOUND'
  | 'EXISTS'
  | 'DISK_FULL'
  | 'NO_DESCRIPTORS'
  | 'DISK_FAILED'
  | 'LOCKED'
  | 'TOO_SHORT'

/**
 * What the operating system said no to. DISK_FULL (ENOSPC, EDQUOT) is a state that passes; DISK_FAILED (EIO and all that has
 * no code of its own, also use of a closed file) is not retried. NO_DESCRIPTORS (EMFILE, ENFILE): too many files are open. TOO_SHORT is not the operating system's: a file ended before
 * what was known to be in it.
 */
export class DiskError extends Error {
  readonly code: DiskErrorCode
  readonly path: string

  constructor(code: DiskErrorCode, path: string, options: { cause?: unknown; message?: string } = {}) {
    const cause = options.cause instanceof Error ? `: ${options.cause.message}` : ''
    super(options.message ?? `${code} ${path}${cause}`, { cause: options.cause })
    this.name = 'DiskError'
    this.code = code
    this.path = path
  }
}

/** An open file. Positions and lengths in bytes. All errors are DiskErrors. */
export interface DiskFile {
  readonly path: string
  /** Up to `length` bytes; fewer only where the file ends. */
  read(position: number, length: number): Promise<Buffer>
  /**
   * Fills `into` from the position on with what is in memory anyway, at once: answers how many bytes that were, fewer also
   * where the file ends. -1: a disk would have to be waited for, or nobody can tell; `read` then.
   */
  readCached(into: Uint8Array, position: number): number
  /**
   * Writes all of the buffers at once, when that waits for nothing. False: that would have had to wait, or did not work, any prefix
   * of them may be in the file, and `write` says why.
   */
  writeCached(buffers: readonly Uint8Array[], position: number): boolean
  /**
   * Writes all of the buffers one after the other (writev), in as many calls as that takes. On an error any prefix of them
   * may be in the file. The buffers must not change until it is answered.
   */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>
  /**
   * Sets blocks aside for what is going to be written there, which makes writing cheaper; content and size stay as they are. False: that
   * cannot be had, and nothing is the worse for it. What lies behind the end when the file is cut, be it to the size it has, is given back.
   */
  reserve(position: number, length: number): Promise<boolean>
  /** Cuts the file, or extends it with zeros. */
  truncate(length: number): Promise<void>
  /**
   * fdatasync: afterwards what was written before the call survives a loss of power; the file's name only when its directory
   * was synced too. A failed one is never retried, since the pages may be gone: every later call fails with the same error.
   */
  datasync(): Promise<void>
  size(): Promise<number>
  /** Sets the time of modification, whatever the file is called by now. After a loss of power it may be another one. */
  setModified(modifiedMs: number): Promise<void>
  /** Waits for nothing: what is under way ends, a range being sent holds its own reference (see `retain`). Idempotent. */
  close(): Promise<void>
  /**
   * Keeps the descriptor open until the answered function is called, also past close() and remove(); the file can be used
   * until then. Throws when it is closed already. Calling the function twice does nothing more.
   */
  retain(): () => void
}

export interface DiskEntry {
  readonly name: string
  readonly isDirectory: boolean
}

export interface DiskStat {
  readonly isDirectory: boolean
  readonly sizeBytes: number
  readonly modifiedMs: number
}

export interface Disk {
  /** How many descriptors the process may have, files and connections together; undefined: nobody knows. */
  readonly descriptorsMax: number | undefined
  /** `read`: must exist. `write`: read and write, must exist. `create`: read and write, created when missing. */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile>
  /** A whole file; NOT_FOUND when missing. */
  readFile(path: string): Promise<Buffer>
  /** Replaces a file so that a crash leaves the old or the new content: temporary file, sync, rename, sync of the directory. */
  replaceFile(path: string, content: Uint8Array): Promise<void>
  /** By name, in the order of code units. A link counts as what it leads to. */
  list(directory: string): Promise<DiskEntry[]>
  /** Undefined when there is no such file. */
  stat(path: string): Promise<DiskStat | undefined>
  /** With those above it; nothing when it is there, EXISTS when a file is. */
  makeDirectory(path: string): Promise<void>
  /** Takes the place of a file; EXISTS when there is a directory that is not empty. Open files follow. */
  rename(from: string, to: string): Promise<void>
  /** Removes a file, or a directory with all in it; nothing when missing. */
  remove(path: string): Promise<void>
  /** fsync of a directory: afterwards creations, renames and removals in it survive a loss of power. */
  syncDirectory(path: string): Promise<void>
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>
  /**
   * Holds an exclusive lock on the file, which is created when missing, until released or the process ends, however it ends.
   * LOCKED, naming the holder, when it is held, be it by this process.
   */
  lock(path: string): Promise<() => Promise<void>>
  /** An absolute path without `.`, `..` or a slash at the end. Does not look at the disk, so that links stay as they are. */
  resolve(path: string): string
}

// Files as an argument. Real: node:fs, asynchronous. Twin: io/sim/disk.ts, which forgets what was not synced.

export type DiskErrorCode = 'NOT_FOUND' | 'EXISTS' | 'DISK_FULL' | 'DISK_FAILED' | 'LOCKED'

/** What the operating system said no to. DISK_FULL is a state that passes, DISK_FAILED is not retried. */
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
  /** Writes all of the buffers one after the other (writev). On an error any prefix of them may be in the file. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>
  /** Cuts the file, or extends it with zeros. */
  truncate(length: number): Promise<void>
  /** fdatasync: afterwards the content survives a loss of power. A failed one is never retried: the pages may be gone. */
  datasync(): Promise<void>
  size(): Promise<number>
  /** Waits for nothing: a range being sent holds its own reference (see `retain`). Idempotent. */
  close(): Promise<void>
  /** Keeps the descriptor open until the answered function is called, also past close() and remove(). */
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
  /** `read`: must exist. `write`: read and write, must exist. `create`: read and write, created when missing. */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile>
  /** A whole file; NOT_FOUND when missing. */
  readFile(path: string): Promise<Buffer>
  /** Replaces a file so that a crash leaves the old or the new content: temporary file, sync, rename, sync of the directory. */
  replaceFile(path: string, content: Uint8Array): Promise<void>
  list(directory: string): Promise<DiskEntry[]>
  /** Undefined when there is no such file. */
  stat(path: string): Promise<DiskStat | undefined>
  makeDirectory(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Removes a file, or a directory with all in it; nothing when missing. */
  remove(path: string): Promise<void>
  /** fsync of a directory: afterwards creations, renames and removals in it survive a loss of power. */
  syncDirectory(path: string): Promise<void>
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>
  /** Holds an exclusive lock on the file until released or the process ends; LOCKED, naming the holder, when it is held. */
  lock(path: string): Promise<() => Promise<void>>
  /** Resolves a relative path; the same path for the same file. */
  resolve(path: string): string
}

// Operating errors that a test asks a simulated disk for.

import type { DiskErrorCode } from '../disk.ts'

/** What a disk can be asked to do, by the names of Disk and DiskFile. */
export type DiskOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'truncate'
  | 'datasync'
  | 'list'
  | 'stat'
  | 'makeDirectory'
  | 'rename'
  | 'setModified'
  | 'remove'
  | 'syncDirectory'
  | 'lock'

export interface DiskFault {
  /** Every operation when left out. */
  readonly operation?: DiskOperation
  /** Every path when left out; a string matches the whole path or a directory above it. */
  readonly path?: string | RegExp
  /** The first match that fails, counted from 1 (the default). */
  readonly nth?: number
  /** How many matches fail from there on; for ever when left out. */
  readonly times?: number
  /** DISK_FAILED (EIO) when left out. */
  readonly code?: DiskErrorCode
}

interface Armed {
  readonly fault: DiskFault
  matches: number
}

export class DiskFaults {
  #armed: Armed[] = []

  /** Takes effect with the next operation; the answered function ends it. */
  add(fault: DiskFault): () => void {
    const armed = { fault, matches: 0 }
    this.#armed.push(armed)
    return () => {
      this.#armed = this.#armed.filter(other => other !== armed)
    }
  }

  /** Whether a fault is armed that this operation may count for. */
  mayStrike(operation: DiskOperation, path: string): boolean {
    return this.#armed.some(({ fault }) => matches(fault, operation, path))
  }

  /** The code with which this operation is to fail; undefined when it is not. Counts it. */
  strike(operation: DiskOperation, path: string): DiskErrorCode | undefined {
    let code: DiskErrorCode | undefined
    for (const armed of this.#armed) {
      const { fault } = armed
      if (!matches(fault, operation, path)) continue
      const past = ++armed.matches - (fault.nth ?? 1)
      if (past >= 0 && past < (fault.times ?? Number.POSITIVE_INFINITY)) code ??= fault.code ?? 'DISK_FAILED'
    }
    return code
  }
}

function matches(fault: DiskFault, operation: DiskOperation, path: string): boolean {
  if (fault.operation !== undefined && fault.operation !== operation) return false
  if (fault.path === undefined) return true
  if (typeof fault.path === 'string') return path === fault.path || path.startsWith(`${fault.path}/`)
  return fault.path.test(path)
}

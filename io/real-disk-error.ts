// What the operating system's error numbers mean to us.

import { DiskError, type DiskErrorCode } from './disk.ts'

const codes: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: 'NOT_FOUND',
  EEXIST: 'EXISTS',
  ENOTEMPTY: 'EXISTS',
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EMFILE: 'NO_DESCRIPTORS',
  ENFILE: 'NO_DESCRIPTORS',
}

export function asDiskError(cause: unknown, path: string): DiskError {
  if (cause instanceof DiskError) return cause
  return new DiskError(codes[(cause as NodeJS.ErrnoException).code ?? ''] ?? 'DISK_FAILED', path, { cause })
}

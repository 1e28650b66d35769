// Errors that say: what this member had may be somebody else's now. To repeat the call would not help, and what was worked on
// must be dropped.

import { ClientError } from '../client-error.ts'

const fencedCodes: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'FENCED_INSTANCE_ID',
  'FENCED_MEMBER_EPOCH',
  'STALE_MEMBER_EPOCH',
  'NOT_IN_GROUP',
  'PARTITION_NOT_OWNED',
])

export function isFenced(error: unknown): boolean {
  return error instanceof ClientError && fencedCodes.has(error.code)
}

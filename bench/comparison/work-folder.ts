// The one folder on disk that a run works in: data directories of both brokers, on one file system, and all temporary files.
// Invariant: it is gone when the process is, also after Ctrl-C and a failure; brokers and load programs are killed first.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Makes the folder below `parent` and sees to it that everything ends with this process. */
export function openWorkFolder(parent = tmpdir()): string {
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(resolve(parent), 'millrace-bench-'))
  // What the brokers' starters put beside the data directories goes in here too.
  process.env.TMPDIR = folder
  // Children are killed by an `exit` listener that was there first; they may still be writing for a moment.
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) process.on(signal, () => process.exit(code)) // biome-ignore format: one thought
  return folder
}

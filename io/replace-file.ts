// How a small file is replaced so that a crash leaves its old or its new content, for the real disk and its twin alike.
// The steps are Kafka's (CheckpointFileWithFailureHandler): `<path>.tmp`, sync, rename, sync of the directory.

import { dirname } from 'node:path'
import type { Disk } from './disk.ts'

/** Replaces files on one disk; replacements of the same path happen one after the other, since they share `<path>.tmp`. */
export class FileReplacer {
  readonly #disk: Disk
  readonly #running = new Map<string, Promise<void>>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  replace(path: string, content: Uint8Array): Promise<void> {
    const before = this.#running.get(path) ?? Promise.resolve()
    const replaced = before.then(() => replace(this.#disk, path, content))
    const settled = replaced
      .catch(() => {})
      .then(() => {
        if (this.#running.get(path) === settled) this.#running.delete(path)
      })
    this.#running.set(path, settled)
    return replaced
  }
}

async function replace(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`
  const file = await disk.open(temporary, 'create')
  try {
    await file.truncate(0) // a crash may have left a longer one
    await file.write([content], 0)
    await file.datasync()
  } finally {
    await file.close()
  }
  await disk.rename(temporary, path)
  await disk.syncDirectory(dirname(path))
}

// Where files of the repository are, from the sources as from dist/. For tests, shows and benches only.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

/** The repository's root folder. */
export const repositoryRoot = findRoot()

/** A file of the repository by its path from the root. */
export function repositoryPath(path: string): string {
  return join(repositoryRoot, path)
}
